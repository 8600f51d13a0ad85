// Package dev is what an author sees who works on a plugin while it runs: which files
// were saved, whether the plugin still builds, and each event with what came of it, in
// the words of a transcript.
package dev
