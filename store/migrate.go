package store

import (
	"context"
	"database/sql"
	"embed"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
)

//go:embed migrations
var migrations embed.FS

// migrate brings the tables up to date. It goes forward only, and refuses
// tables of a newer program, which it could not understand.
func migrate(ctx context.Context, db *sql.DB) error {
	dir, err := fs.Sub(migrations, "migrations/sqlite")
	if err != nil {
		return err
	}
	p, err := goose.NewProvider(goose.DialectSQLite3, db, dir, goose.WithDisableGlobalRegistry(true))
	if err != nil {
		return err
	}
	have, want, err := p.GetVersions(ctx)
	if err != nil {
		return fmt.Errorf("read the version of its tables: %w", err)
	}
	if have > want {
		return fmt.Errorf("its tables are of version %d, and this program knows only up to %d: run the newer program that wrote it, or restore a backup from before", have, want)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("bring its tables from version %d to %d: %w", have, want, err)
	}
	return nil
}
