package daemon

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/im"
)

// signing are the flags that both verbs about UserSigs share.
type signing struct {
	app     uint64
	user    string
	keyFile string
}

func (s *signing) flags(c *cobra.Command) {
	c.Flags().Uint64Var(&s.app, "sdk-app-id", 0, "the application's SDKAppID; required")
	c.Flags().StringVar(&s.user, "user", "administrator", "the account the UserSig is for")
	c.Flags().StringVar(&s.keyFile, "secret-key-file", "", "a file that holds the application's secret key; required")
}

func (s *signing) key() (im.SecretKey, error) {
	if s.app == 0 || s.keyFile == "" {
		return im.SecretKey{}, usage("a UserSig is of an application and signed with its key: give --sdk-app-id and --secret-key-file")
	}
	text, err := os.ReadFile(s.keyFile)
	if err != nil {
		return im.SecretKey{}, fmt.Errorf("reading the secret key: %w", err)
	}
	return im.NewSecretKey(string(text))
}

func usersigCommand(p Process) *cobra.Command {
	return group("usersig", "Make and check UserSigs, the signatures the chat service asks for", usersigMake(), usersigCheck(p))
}

func usersigMake() *cobra.Command {
	var s signing
	var life time.Duration
	c := &cobra.Command{
		Use: "make", Short: "Print a UserSig", Args: cobra.NoArgs,
		Long:    "Prints a UserSig. It is as good as a password for that account until it expires, and cannot be revoked.",
		Example: "  botd usersig make --sdk-app-id 1400000000 --secret-key-file secrets/app.key",
		RunE: func(c *cobra.Command, _ []string) error {
			key, err := s.key()
			if err != nil {
				return err
			}
			sig, err := im.UserSig(im.Claims{SDKAppID: s.app, User: chat.UserID(s.user), Made: time.Now(), Life: life}, key)
			if err != nil {
				return err
			}
			_, err = fmt.Fprintln(c.OutOrStdout(), sig)
			return err
		},
	}
	s.flags(c)
	c.Flags().DurationVar(&life, "life", im.DefaultLife, "how long it is valid")
	return c
}

func usersigCheck(p Process) *cobra.Command {
	var s signing
	c := &cobra.Command{
		Use: "check", Short: "Check the UserSig on standard input", Args: cobra.NoArgs,
		Long:    "Reads a UserSig from standard input, where it does not end up in the shell's history, and says whether the service would take it. Exits 1 if not.",
		Example: "  botd usersig check --sdk-app-id 1400000000 --secret-key-file secrets/app.key < usersig.txt",
		RunE: func(c *cobra.Command, _ []string) error {
			key, err := s.key()
			if err != nil {
				return err
			}
			line, err := bufio.NewReader(p.Stdin).ReadString('\n')
			if err != nil && !errors.Is(err, io.EOF) {
				return fmt.Errorf("reading the UserSig from standard input: %w", err)
			}
			claims, err := im.CheckUserSig(strings.TrimSpace(line), s.app, chat.UserID(s.user), key, time.Now())
			if err != nil {
				return err
			}
			_, err = fmt.Fprintf(c.OutOrStdout(), "valid for %s of application %d until %s\n", claims.User, claims.SDKAppID, claims.Expires().UTC().Format(time.RFC3339))
			return err
		},
	}
	s.flags(c)
	return c
}
