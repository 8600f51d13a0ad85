// diary: what is posted is for the admins, and who is silent is asked.
import { need, run, type Event, type Reply } from "./botd.ts";

const admins = { roles: ["owner", "admin"] };

function posted(event: Event): Reply {
  const user = need(event, "sender", "id"), text = need(event, "payload", "text");
  const done = [...new Set([...(event.state.done ?? []), user])];
  return {
    state: { done },
    messages: [
      { to: admins, text: `${user}: ${text} (${done.length} so far)` },
      { to: { sender: true }, text: "Thank you, it has arrived." },
    ],
  };
}

function evening(event: Event): Reply {
  const silent = { everyone: true, except: event.state.done ?? [] };
  return { state: {}, messages: [{ to: silent, text: "Nothing from you today?" }] };
}

run("diary", "1.0.0", { posted, evening });
