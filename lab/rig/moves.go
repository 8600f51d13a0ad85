package rig

import (
	"context"

	"github.com/botd-chat/botd/internal/moves"
)

// WatchMoves has the store, which botd has opened by now, note how things in it
// move from state to state, from now on and over restarts.
func (l *Lab) WatchMoves(ctx context.Context) error { return moves.Watch(ctx, l.Botd.store) }

// JudgeMoves adds to the figures how many different moves were seen since
// [Lab.WatchMoves]. It is an error if one of them is in no table.
func (l *Lab) JudgeMoves(ctx context.Context, f *Figures) error {
	list, err := moves.All(ctx, l.Botd.store)
	if err != nil {
		return err
	}
	if err := moves.Check(ctx, l.Botd.store); err != nil {
		return err
	}
	f.Note("%d different moves from state to state, all of them in the table", len(list))
	return nil
}
