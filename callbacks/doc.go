// Package callbacks is told by the chat service what happens in groups, and decides what
// becomes of what members write before anybody sees it.
//
// A callback goes through these steps, and each can be its last:
//
//   - Who sends it: the path, the application (SdkAppid), where it comes from, Sign and
//     RequestTime. None of the body is read before. Whoever fails this is told nothing.
//   - What it says: strict JSON, of a command that the table knows, or kept as it is.
//   - Whether it is an echo: what we sent ourselves, or another bot, starts nothing.
//   - What the rules say about it. They are compiled when the configuration is read, and
//     neither ask anybody nor wait for a plugin.
//   - For what is held or masked: whether a [Sink] has kept it, within [KeepWithin].
//
// The service waits for two seconds, once, and shows a message when it hears nothing
// (product/1047/34354). So whatever goes wrong on the way of a message that a rule holds
// is answered with a refusal: it is shown to nobody, and its sender is told to write it
// again. Only what the service never asks about, or what it asked in vain, gets past; for
// that there is package leaks.
//
// The signature covers neither the body nor the rest of the address. What a callback says
// about members and roles is a reason to read them again, and never a fact.
package callbacks
