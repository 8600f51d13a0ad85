package daemon

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/config"
	"github.com/botd-chat/botd/problem"
)

// adminClient asks a running botd over its admin listener.
type adminClient struct {
	config, url, tokenFile string
	json                   bool
}

func (a *adminClient) flags(c *cobra.Command, p Process) {
	configFlag(c, p, &a.config)
	c.Flags().StringVar(&a.url, "admin", p.Getenv("BOTD_ADMIN"), "the admin listener, such as http://127.0.0.1:8081; taken from the configuration when absent; also BOTD_ADMIN")
	c.Flags().StringVar(&a.tokenFile, "token-file", p.Getenv("BOTD_ADMIN_TOKEN_FILE"), "a file that holds the admin token; found by the configuration when absent; also BOTD_ADMIN_TOKEN_FILE")
	c.Flags().BoolVar(&a.json, "json", false, "print JSON")
}

// get fetches path into answer.
func (a *adminClient) get(ctx context.Context, p Process, path string, query url.Values, answer any) error {
	return a.call(ctx, p, http.MethodGet, path+"?"+query.Encode(), nil, answer)
}

// shown fetches what stands at path, and prints it: for a person by f, or as JSON.
func shown[T any](c *cobra.Command, p Process, a *adminClient, path string, query url.Values, f func(io.Writer, T) error) error {
	var answer T
	if err := a.get(c.Context(), p, path, query, &answer); err != nil {
		return err
	}
	if a.json {
		return printJSON(c.OutOrStdout(), answer)
	}
	return f(c.OutOrStdout(), answer)
}

// narrow asks for what is given alone: what is empty asks for nothing.
func narrow(query url.Values, by map[string]string) {
	for name, value := range by {
		if value != "" {
			query.Set(name, value)
		}
	}
}

// post sends body as JSON and reads what came of it into answer.
func (a *adminClient) post(ctx context.Context, p Process, path string, body, answer any) error {
	text, err := json.Marshal(body)
	if err != nil {
		return fmt.Errorf("writing the request: %w", err)
	}
	return a.call(ctx, p, http.MethodPost, path, text, answer)
}

func (a *adminClient) call(ctx context.Context, p Process, method, path string, body []byte, answer any) error {
	base, token, err := a.locate(p)
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, 30*time.Second)
	defer cancel()
	r, err := http.NewRequestWithContext(ctx, method, base+path, bytes.NewReader(body))
	if err != nil {
		return usage("--admin %q is no address: %w", base, err)
	}
	r.Header.Set("Authorization", "Bearer "+token)
	if body != nil {
		r.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		return fmt.Errorf("asking botd at %s: %w; is it running?", base, unwrapURL(err))
	}
	defer func() { _ = res.Body.Close() }()
	text, err := io.ReadAll(io.LimitReader(res.Body, 64<<20))
	if err != nil {
		return fmt.Errorf("reading botd's answer: %w", err)
	}
	if res.StatusCode != http.StatusOK && res.StatusCode != http.StatusAccepted {
		return refusal(base, res.StatusCode, text)
	}
	if err := json.Unmarshal(text, answer); err != nil {
		return fmt.Errorf("botd at %s answered something else than expected: %w", base, err)
	}
	return nil
}

// refusal is what botd said about a request that it did not answer.
func refusal(base string, status int, body []byte) error {
	var d problem.Details
	if json.Unmarshal(body, &d) != nil || d.Status == 0 {
		return fmt.Errorf("%s answered %d and is perhaps not botd", base, status)
	}
	if len(d.Mistakes) > 0 {
		return refusedFile(d)
	}
	if d.Detail == "" {
		return fmt.Errorf("botd answered %d %s", d.Status, d.Title)
	}
	return fmt.Errorf("botd answered %d: %s", d.Status, d.Detail)
}

func unwrapURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		return u.Err
	}
	return err
}

// locate finds the listener and its token, by flags first and by the
// configuration for what they leave open.
func (a *adminClient) locate(p Process) (base, token string, err error) {
	base, file := a.url, a.tokenFile
	if base == "" || file == "" {
		cfg, err := config.Reach(a.config, addressesOnly(p, filepath.Dir(a.config)))
		if err != nil {
			return "", "", coded{err, exitConfig}
		}
		if base == "" {
			base = "http://" + cfg.Listen.Admin
		}
		if token = cfg.Listen.AdminToken.Reveal(); token == "" && file == "" {
			file = tokenFile(cfg)
		}
	}
	if file != "" {
		text, err := os.ReadFile(file) //nolint:gosec // the operator names the file
		if err != nil {
			return "", "", noToken(err)
		}
		token = strings.TrimSpace(string(text))
	}
	u, err := url.Parse(base)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return "", "", usage("--admin %q is no address; write http://host:port, such as http://127.0.0.1:8081", base)
	}
	return strings.TrimSuffix(base, "/"), token, nil
}

// noToken says where the admin token is to be found.
func noToken(err error) error {
	remedy := "name another file with --token-file"
	switch {
	case errors.Is(err, fs.ErrNotExist):
		remedy = "botd writes it beside its store when it starts. A relative path of the store begins at the folder that botd was started in: " +
			"call this there, or name the file with --token-file"
	case errors.Is(err, fs.ErrPermission):
		remedy = "only the account that botd runs as may read it: call this as that account (sudo -u), or " + remedy
	}
	return fmt.Errorf("reading the admin token: %w; %s", err, remedy)
}

// addressesOnly reads a configuration for where botd listens. Whoever may ask
// the admin listener need not be able to read the other secrets.
func addressesOnly(p Process, folder string) config.Options {
	return config.Options{
		// Any value will do for what is not looked at.
		Lookup: func(name string) (string, bool) { return cmp.Or(p.Getenv(name), "unset"), true },
		Apps:   func(name chat.AppName) config.App { return config.App{Name: name} },
		ReadSecret: func(ref config.SecretRef) (config.Secret, error) {
			if ref.Use != config.AdminToken {
				return config.NewSecret(notRead), nil
			}
			return readGiven(p, folder, ref)
		},
	}
}

// readGiven reads a secret from where the configuration says it is.
func readGiven(p Process, folder string, ref config.SecretRef) (config.Secret, error) {
	if ref.Env != "" {
		return config.NewSecret(p.Getenv(ref.Env)), nil
	}
	path := ref.File
	if !filepath.IsAbs(path) {
		path = filepath.Join(folder, path)
	}
	text, err := os.ReadFile(path) //nolint:gosec // the operator names the file
	return config.NewSecret(strings.TrimSpace(string(text))), err
}
