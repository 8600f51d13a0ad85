// Package rig is what the experiments of the laboratory are made of: a real
// `botd serve` that can be killed, stopped and made to fail ([Botd], [Tracer]),
// a simulated chat service that can be made to misbehave ([Service]), senders
// that behave as senders do, and a judge that knows only what can be seen from
// outside ([Lab.Judge]).
//
// The judge holds the inboxes of the simulated service, which shares no code
// with botd, against what was acknowledged ([Ledger]) and against who was
// what in which group at which time ([Journal]). What did not arrive, botd has
// to have told of: it is asked over its admin listener what became of it.
package rig
