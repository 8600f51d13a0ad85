// Package expression is the one language for what an operator wants worked out:
// which group an event is for, who caused it, when a rule speaks and to whom. It
// is that of github.com/expr-lang/expr, within bounds, because an expression is
// held against payloads from outside:
//
//   - An expression speaks of the names it is given ([Names]) and of nothing else:
//     it reads no clock, no file and no environment, and gives the same each time.
//   - Its length, its depth and what it may create are bounded. A loop within a loop
//     is refused, since over a long list it is the one way to be slow.
//   - Whole numbers stay exact ([Decode]).
//   - What is wrong with the text is shown with a caret under the place. What goes
//     wrong over a payload is told by names and types, and no value is quoted: such
//     errors end in logs and in answers.
//
// [CompileCondition] is for what is asked of each member of a group, and may do
// less. [Settle] makes such a condition out of one that speaks of other things too.
//
// [Compile] is for when the file is read and says all that can be known then. A
// [Program] is run as often as wanted, by many at a time.
package expression
