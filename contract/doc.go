// Package contract is what a botd and a plugin that lives outside of it owe each
// other, as files: in v1/ are the JSON Schemas of an event, a reply and a manifest,
// and the vectors. docs/contract.md is the contract in words.
//
//	v1/events/*.json    what a plugin is asked, and how it must take it
//	v1/replies/*.json   what a plugin may answer, and what a host refuses
//	v1/signatures.json  requests that are signed, well and badly
//
// They are for everybody who writes an SDK, a plugin or a host, in any language.
// [Check] asks a plugin all of it, wherever it answers.
package contract
