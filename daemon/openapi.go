package daemon

import (
	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/docs/reference"
)

func openapiCommand() *cobra.Command {
	return group("openapi", "Print what the listeners answer, for tools",
		openapiVerb("public", reference.Public, `how a webhook is posted, and what is answered. It names no hook.`),
		openapiVerb("admin", reference.Admin, `all that the commands of botd ask for, and more.`),
	)
}

func openapiVerb(name string, document []byte, tells string) *cobra.Command {
	return &cobra.Command{
		Use: name, Short: "Print what the " + name + " listener answers, as OpenAPI 3.1", Example: "  botd openapi " + name + " > " + name + ".json",
		Long: "Prints the document of the " + name + " listener, for tools that make clients, tests or pages of\nit: " + tells +
			"\nThe listener itself serves it at /openapi.json.",
		Args: cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			_, err := c.OutOrStdout().Write(document)
			return err
		},
	}
}
