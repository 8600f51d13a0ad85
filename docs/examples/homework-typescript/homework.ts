import { createServer } from "node:http";

type Event = { name: string; sender?: { id: string }; payload?: any; state: { done?: string[] }; config?: { teachers?: object; reminder?: string } };

export function handle({ name, sender, payload, state: { done = [] }, config = {} }: Event) {
  if (name === "submitted") {
    if (!payload?.title) throw new Error("payload of submitted: title: is missing");
    if (!sender) throw new Error("whose homework is it? give the trigger a sender: in bots.yaml");
    return { state: { done: [...new Set([...done, sender.id])] }, messages: [
      { to: config.teachers ?? { roles: ["owner", "admin"] }, text: `${sender.id} handed in ${payload.title}.` },
      { to: { sender: true }, text: `Got it: ${payload.title}.` }] };
  }
  if (name === "evening") {
    const text = config.reminder ?? "Your homework is still missing. It is due tomorrow at eight.";
    return { state: {}, messages: [{ to: { roles: ["member"], except: done }, text }] };
  }
  throw new Error(`homework knows submitted and evening, and not ${name}`);
}

export const manifest = { botd: 1, name: "homework", version: "1.0.0", triggers: ["submitted", "evening"] };

if (process.argv[1] === import.meta.filename) createServer(async (request, response) => {
  if (request.method === "GET") return response.end(JSON.stringify(manifest));
  let body = "";
  for await (const piece of request.setEncoding("utf8")) body += piece;
  try { response.end(JSON.stringify(handle(JSON.parse(body)))); }
  catch (mistake: any) { response.writeHead(mistake instanceof TypeError ? 500 : 422).end(mistake.message); }
}).listen(Number(process.env.PORT ?? 7001), "127.0.0.1");
