// Records requests as the senders' own libraries sign them, into
// webhooks/testdata/libraries.json, which a test gives to botd's schemes, and
// GitHub's own examples of payloads with their signatures, which lab/senders
// posts:
//
//   cd scripts/signatures && npm install --no-package-lock && node record.mjs
//
// The secrets were made for this. Run it again when a library has a new version.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { sign as signGitHub } from "@octokit/webhooks-methods";
import "@shopify/shopify-api/adapters/node";
import { createSHA256HMAC } from "@shopify/shopify-api/runtime";
import { CloudEvent, HTTP } from "cloudevents";
import { Webhook as Standard } from "standardwebhooks";
import Stripe from "stripe";
import { Webhook as Svix } from "svix";

const here = fileURLToPath(new URL(".", import.meta.url));
const version = (name) =>
  `${name} ${JSON.parse(readFileSync(`${here}node_modules/${name}/package.json`)).version}`;

const at = 1796069000; // when all of them were signed
const when = new Date(at * 1000);
const key = "whsec_" + Buffer.from("botd: a key of thirty-two bytes!").toString("base64");
const older = "whsec_" + Buffer.from("botd: the key that came before!!").toString("base64");
const word = "a secret with blanks, Umlauten (ü) and no end of it";

// What bodies may hold that a library or botd could change on its way.
const bodies = [
  '{"id":"evt_1","type":"order.paid","text":"Größe, 大小, 🦊"}',
  '{ "id": "evt_2",\n  "type": "order.paid", "a": 1.0, "b": 1e3, "text": "\\u00e9 \\"quoted\\" \\/ &lt;" }\n',
];

const all = [];
const record = (library, scheme, secrets, headers, body, id, type = "order.paid") =>
  all.push({ library: version(library), scheme, secrets, at, headers, body, id, type });

for (const [n, body] of bodies.entries()) {
  const id = `msg_${n + 1}`;
  const time = String(at);
  const listed = [older, key].map((k) => new Standard(k).sign(id, when, body)).join(" ");
  record("standardwebhooks", "standard_webhooks", [key],
    { "webhook-id": id, "webhook-timestamp": time, "webhook-signature": new Standard(key).sign(id, when, body) }, body, id);
  record("standardwebhooks", "standard_webhooks", [key],
    { "webhook-id": id, "webhook-timestamp": time, "webhook-signature": listed }, body, id);
  record("svix", "svix", [key],
    { "svix-id": id, "svix-timestamp": time, "svix-signature": new Svix(key).sign(id, when, body) }, body, id);

  const stripe = (secret) => Stripe.webhooks.generateTestHeaderString({ payload: body, secret, timestamp: at });
  const rolled = stripe(older) + "," + stripe(key).split(",").find((part) => part.startsWith("v1="));
  const event = `evt_${n + 1}`;
  record("stripe", "stripe", [key], { "stripe-signature": stripe(key) }, body, event);
  record("stripe", "stripe", [key], { "stripe-signature": rolled }, body, event);

  record("@octokit/webhooks-methods", "github", [word],
    { "x-hub-signature-256": await signGitHub(word, body), "x-github-delivery": id, "x-github-event": "push" }, body, id, "push");
  record("@shopify/shopify-api", "shopify", [word],
    { "x-shopify-hmac-sha256": await createSHA256HMAC(word, body), "x-shopify-event-id": id, "x-shopify-topic": "orders/paid" },
    body, id, "orders/paid");
}

const token = "a-token-for-the-vectors-alone";
const event = new CloudEvent({ id: "A234-1234-1234", source: "/orders", type: "com.example.order.paid", time: when.toISOString(),
  subject: "4711", datacontenttype: "application/json", data: { text: "Größe, 大小, 🦊" } });
for (const write of [HTTP.structured, HTTP.binary]) {
  const { headers, body } = write(event);
  record("cloudevents", "cloudevents", [token], { ...headers, authorization: `Bearer ${token}` }, body, event.id, event.type);
}

const folder = `${here}../../lab/senders/testdata/github`;
mkdirSync(folder, { recursive: true });
const examples = JSON.parse(readFileSync(`${here}node_modules/@octokit/webhooks-examples/api.github.com/index.json`));
const signatures = {};
const secret = "a-secret-of-the-repository";
for (const [name, action] of [["ping"], ["push"], ["pull_request", "opened"], ["issues", "opened"], ["workflow_run", "completed"]]) {
  const payload = examples.find((e) => e.name === name).examples.find((e) => e.action === action);
  const body = JSON.stringify(payload);
  writeFileSync(`${folder}/${name}.json`, body);
  signatures[name] = await signGitHub(secret, body);
}
writeFileSync(`${folder}/signatures.json`, JSON.stringify({
  payloads: version("@octokit/webhooks-examples"), signed: version("@octokit/webhooks-methods"), secret, signatures }, null, 1) + "\n");

writeFileSync(`${here}../../webhooks/testdata/libraries.json`, JSON.stringify(all, null, 1) + "\n");
console.log(`${all.length} recorded`);
