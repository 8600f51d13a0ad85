package daemon

import (
	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/docs/reference"
)

func openapiCommand() *cobra.Command {
	return &cobra.Command{
		Use: "openapi public|admin", Short: "Print what a listener answers, as OpenAPI 3.1", Example: "  botd openapi admin > admin.json",
		Long: `Prints the document of a listener, for tools that make clients, tests or pages of it.
The listener itself serves it at /openapi.json. That of the public listener tells how
a webhook is posted and what is answered, and names no hook.`,
		Args: cobra.ExactArgs(1), ValidArgs: []string{"public", "admin"},
		RunE: func(c *cobra.Command, args []string) error {
			documents := map[string][]byte{"public": reference.Public, "admin": reference.Admin}
			text, ok := documents[args[0]]
			if !ok {
				return usage("no listener %.40q; have public, admin", args[0])
			}
			_, err := c.OutOrStdout().Write(text)
			return err
		},
	}
}
