package console

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strconv"

	"github.com/labstack/echo/v4"

	"github.com/botd-chat/botd/chat"
	"github.com/botd-chat/botd/openapi"
)

// Upkeep is what the console asks for to look after the store.
type Upkeep interface {
	// Backup makes a checked copy of the store in a new file, which the caller
	// deletes. It is ErrConflict while another one is made.
	Backup(context.Context, chat.By) (path string, err error)
	// Erase takes a user out of what is over in an application. An empty app is
	// the only one there is; with more than one it is ErrUnfit.
	Erase(context.Context, chat.AppName, chat.UserID, chat.By) (chat.Erasure, error)
	// Erasures lists what was erased, the newest first, without saying of whom.
	Erasures(context.Context) ([]chat.Erasure, error)
	// CheckErased says whether a user was erased; the app is as in Erase.
	CheckErased(context.Context, chat.AppName, chat.UserID) (chat.ErasureCheck, error)
}

// BackupType is the media type of a backup.
const BackupType = "application/vnd.sqlite3"

func upkeep(u Upkeep) []route {
	whom := needs(map[string]any{"user": "carol"}, "app", "user")
	refused := map[int]string{http.StatusNotFound: "There is no such application.", http.StatusUnprocessableEntity: "There are several applications, and none is named."}
	return []route{
		{"POST", "/v1/backup", backup(u), openapi.Operation{
			Does: "Makes a copy of the store, as it is at one moment", Tag: aboutStore, Body: takes(),
			Answers: []openapi.Answer{{Status: http.StatusOK, About: "The copy, which was checked: an SQLite file.", Type: BackupType}},
			Fails:   map[int]string{http.StatusConflict: "Another one is being made."},
		}},
		{"POST", "/v1/erasures", erase(u), openapi.Operation{
			Does: "Takes one user out of what is over", Tag: aboutStore, Body: whom,
			Answers: gives("What was changed, and what could not be.", chat.Erasure{}), Fails: refused,
		}},
		{"GET", "/v1/erasures", erasures(u), openapi.Operation{
			Does: "Lists what was erased, newest first, without saying of whom", Tag: aboutStore, Answers: gives("The erasures.", []chat.Erasure{}),
		}},
		{"POST", "/v1/erasures/check", checkErased(u), openapi.Operation{
			Does: "Says whether a user was erased", Tag: aboutStore, Body: whom,
			Answers: gives("Their erasures.", chat.ErasureCheck{}), Fails: refused,
		}},
	}
}

func erase(u Upkeep) echo.HandlerFunc {
	return func(c echo.Context) error {
		in, by, err := order(c)
		if err != nil {
			return err
		}
		if err := in.User.Validate(); err != nil {
			return fail(http.StatusBadRequest, "user: "+err.Error())
		}
		done, err := u.Erase(c.Request().Context(), in.App, in.User, by)
		if err != nil {
			return err
		}
		return c.JSON(http.StatusOK, done)
	}
}

func erasures(u Upkeep) echo.HandlerFunc {
	return func(c echo.Context) error {
		list, err := u.Erasures(c.Request().Context())
		if err != nil {
			return err
		}
		return c.JSON(http.StatusOK, append([]chat.Erasure{}, list...)) // [] and not null
	}
}

// checkErased takes the id in the body, since addresses are written down in
// many places.
func checkErased(u Upkeep) echo.HandlerFunc {
	return func(c echo.Context) error {
		in, _, err := order(c)
		if err != nil {
			return err
		}
		if err := in.User.Validate(); err != nil {
			return fail(http.StatusBadRequest, "user: "+err.Error())
		}
		found, err := u.CheckErased(c.Request().Context(), in.App, in.User)
		if err != nil {
			return err
		}
		found.Erasures = append([]chat.Erasure{}, found.Erasures...) // [] and not null
		return c.JSON(http.StatusOK, found)
	}
}

// backup answers with the copy itself, so that whoever asks keeps it where they
// may write, and botd writes nowhere but beside its store.
func backup(u Upkeep) echo.HandlerFunc {
	return func(c echo.Context) error {
		_, by, err := order(c)
		if err != nil {
			return err
		}
		path, err := u.Backup(c.Request().Context(), by)
		if err != nil {
			return err
		}
		defer func() { _ = os.Remove(path) }() // when it cannot be removed now, the next backup does
		f, err := os.Open(path)                //nolint:gosec // botd has just made it
		if err != nil {
			return fmt.Errorf("reading the backup: %w", err)
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return fmt.Errorf("reading the backup: %w", err)
		}
		c.Response().Header().Set(echo.HeaderContentLength, strconv.FormatInt(info.Size(), 10))
		return c.Stream(http.StatusOK, BackupType, f)
	}
}
