// Package reference holds those of the generated pages that botd itself shows:
// what its listeners answer, as OpenAPI 3.1. `make generate` writes them.
package reference

import _ "embed" // for the documents

// Admin is the document of the admin listener.
//
//go:embed openapi-admin.json
var Admin []byte

// Public is the document of the public listener, which names no hook.
//
//go:embed openapi-public.json
var Public []byte
