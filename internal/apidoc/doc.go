// Package apidoc makes documents of what listeners say of themselves. It is for
// generated pages and tests alone: it reads the source for the comments of types.
//
// [Document] is OpenAPI 3.1, and [Page] the same for people.
package apidoc
