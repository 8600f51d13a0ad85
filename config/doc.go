// Package config reads bots.yaml, the one file an operator writes, and explains
// what is wrong with it.
//
// [Load] walks the YAML tree itself rather than decoding it into structs, so
// that every problem comes with its line and a remedy, and all of them come at
// once, as [Problems]. It is strict: an unknown or repeated key, a value of
// another kind than expected, an anchor, alias or tag, a number that two YAML
// readers would read differently, and a combination that cannot work are all
// refused.
//
// ${NAME} in a value is replaced by the environment variable of that name after
// parsing, so that what a variable holds can never change the structure of the
// file. Such values are not repeated in problems, and neither is anything that
// stands where a secret might. A secret comes from a file or a variable and is
// a [Secret], which cannot be printed.
//
// What other packages know better is asked of them through [Options]: plugins
// check their options, bots its expressions, schedules its lines.
//
// The file bots.yaml in this folder is the sample, the documentation for
// newcomers and what the demo runs; it is embedded as [Sample].
package config
