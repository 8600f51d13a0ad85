// Package doctor looks at what botd needs of the world around it: that the chat service
// takes its calls and has its groups and accounts, and that what pretends to be the
// service is sent away at botd's own door.
//
// It changes nothing, shows nobody anything, and says of each thing what it means and
// what to do. Where something cannot be known without sending a message, it says so.
package doctor
