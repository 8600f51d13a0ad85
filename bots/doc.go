// Package bots runs the bots: it turns what happened into events, and events
// into messages.
//
// A [Bot] is what an operator configured: an account that speaks, groups it
// speaks in, the widest audience it may ever reach, and a plugin that decides
// what to say. [Bot.Arrival] says which groups something concerns and who
// caused it, so that it can be stored. The [Dispatcher] later hands each stored
// event to the bot's plugin, checks the answer, and gives it back to the store,
// which keeps messages, state and the end of the event in one transaction. The
// dispatcher sends nothing: who a message comes to is found out when its turn
// comes, by package delivery.
//
// Reading tour: bot.go and trigger.go are what is configured, dispatcher.go is
// the line an event takes, checks.go what must hold before the plugin is
// asked, call.go the call itself, answer.go what must hold of its answer, and
// ending.go, which is pure, what becomes of the event then. timers.go is what a
// plugin asked to have later: the [Alarm] turns it into events.
package bots
