// Homework once more, which answers nobody but the botd that has its key.
import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer, type IncomingHttpHeaders } from "node:http";
import { handle, manifest } from "./homework.ts";

/** Whether the request was signed with the key, lately. */
export function verify(key: string, headers: IncomingHttpHeaders, body: Buffer, now: number): boolean {
  const id = String(headers["webhook-id"] ?? ""), at = String(headers["webhook-timestamp"] ?? "");
  if (!id || !/^\d+$/.test(at) || Math.abs(now - Number(at)) > 300) return false;
  const secret = Buffer.from(key.replace(/^whsec_/, ""), "base64");
  const want = Buffer.from("v1," + createHmac("sha256", secret).update(`${id}.${at}.`).update(body).digest("base64"));
  return String(headers["webhook-signature"] ?? "").split(" ").map((one) => Buffer.from(one))
    .some((one) => one.length === want.length && timingSafeEqual(one, want));
}

if (process.argv[1] === import.meta.filename) createServer(async (request, response) => {
  if (request.method === "GET") return response.end(JSON.stringify(manifest));
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece);
  const body = Buffer.concat(pieces);
  if (!verify(process.env.BOTD_KEY!, request.headers, body, Date.now() / 1000)) {
    return response.writeHead(401).end("the request is not signed with my key, or not lately");
  }
  try { response.end(JSON.stringify(handle(JSON.parse(body.toString())))); }
  catch (mistake: any) { response.writeHead(mistake instanceof TypeError ? 500 : 422).end(mistake.message); }
}).listen(Number(process.env.PORT ?? 7001), "127.0.0.1");
