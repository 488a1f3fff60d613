package postgres

import (
	"context"
	"errors"

	"github.com/jackc/pgx/v5"

	"huiyin/cases"
	"huiyin/store/audit"
	"huiyin/store/postgres/db"
)

// maxBlock bounds the records of one block, and with it the transaction that seals it.
const maxBlock = 10_000

// SealAudit puts everything that waits and is due into the tree and seals it in a block, or in several when there is
// very much; b is the newest block then. When nothing is due, sealed is false and b is the head, zero without one. It
// may run in several processes at once: each record is sealed once. Errors: Away.
func (s *Store) SealAudit(ctx context.Context) (b audit.Block, sealed bool, err error) {
	for {
		next, some, err := s.sealBlock(ctx)
		if err != nil || !some {
			if next.N > 0 {
				b = next
			}
			return b, sealed, err
		}
		b, sealed = next, true
	}
}

// sealBlock seals one block; some is false when nothing was due, and b then is the head.
func (s *Store) sealBlock(ctx context.Context) (b audit.Block, some bool, err error) {
	err = s.transact(ctx, "seal the record", func(ctx context.Context, tx pgx.Tx, _ bool) error {
		some = false
		if err := s.q.LockSealing(ctx, tx); err != nil {
			return err
		}
		if b, err = s.head(ctx, tx); err != nil {
			return err
		}
		now, err := s.now(ctx, tx)
		if err != nil {
			return err
		}
		due, err := s.q.DuePending(ctx, tx, now, maxBlock)
		if err != nil || len(due) == 0 {
			return err
		}
		if now.Before(b.Sealed) {
			now = b.Sealed // the server's clock may be set back; blocks are in the order of their times
		}
		tree, err := audit.Resume(b.Size, s.treeReader(ctx, tx))
		if err != nil {
			return err
		}
		first := tree.Stored()
		var leaves, stored [][]byte
		for _, p := range due {
			h, err := hashOf32(p.Hash)
			if err != nil {
				return err
			}
			add, err := tree.Add(audit.LeafHash(p.Kind, h))
			if err != nil {
				return err
			}
			leaves = append(leaves, p.Hash)
			for _, node := range add {
				stored = append(stored, node[:])
			}
		}
		next, err := b.Next(tree, now)
		if err != nil {
			return err
		}
		if err := s.storeBlock(ctx, tx, next, leaves, first, stored); err != nil {
			return err
		}
		b, some = next, true
		return nil
	})
	if err != nil {
		return audit.Block{}, false, err
	}
	return b, some, nil
}

func (s *Store) storeBlock(ctx context.Context, tx pgx.Tx, b audit.Block, leaves [][]byte, first int64, stored [][]byte) error {
	n, err := s.q.InsertLeaves(ctx, tx, b.First, leaves)
	if err != nil {
		return err
	}
	if n != int64(len(leaves)) {
		return errors.New("a waiting record vanished while it was sealed")
	}
	if err := s.q.InsertHashes(ctx, tx, first, stored); err != nil {
		return err
	}
	err = s.q.InsertBlock(ctx, tx, db.InsertBlockParams{
		N: b.N, FirstLeaf: b.First, Size: b.Size, Root: b.Root[:], Prev: b.Prev[:], SealedAt: b.Sealed, Hash: b.Hash[:],
	})
	if err != nil {
		return err
	}
	_, err = s.q.DeletePending(ctx, tx, leaves)
	return err
}

// Head gives the newest block; zero when nothing was sealed yet. Errors: Away.
func (s *Store) Head(ctx context.Context) (audit.Block, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	b, err := s.head(ctx, s.pool)
	return b, safe("read the head of the record", err)
}

func (s *Store) head(ctx context.Context, d db.DBTX) (audit.Block, error) {
	row, err := s.q.NewestBlock(ctx, d)
	if errors.Is(err, pgx.ErrNoRows) {
		return audit.Block{}, nil
	}
	if err != nil {
		return audit.Block{}, err
	}
	return blockOf(row)
}

// HasHead says whether the block that a head was published of is still there as it was. Errors: Away.
func (s *Store) HasHead(ctx context.Context, h audit.Head) (bool, error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	row, err := s.q.BlockByNumber(ctx, s.pool, h.Block)
	if errors.Is(err, pgx.ErrNoRows) {
		return false, nil
	}
	if err != nil {
		return false, safe("read a block", err)
	}
	b, err := blockOf(row)
	return err == nil && b.Sound() && b.Head().String() == h.String(), err
}

// ErrNotSealed says that a commitment is known and joins the tree when its day is over.
var ErrNotSealed = errors.New("it is known, and is sealed when its day is over: ask again tomorrow")

// ProveCommitment proves that a commitment is in the tree, for the first head that was published with it, or for the
// newest when none was yet. Errors: ErrNotSealed; NotFound; Away.
func (s *Store) ProveCommitment(ctx context.Context, commitment [32]byte) (p audit.Proof, err error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	err = pgx.BeginTxFunc(ctx, s.pool, snapshot, func(tx pgx.Tx) error {
		idx, err := s.q.CommitmentLeaf(ctx, tx, commitment[:])
		if errors.Is(err, pgx.ErrNoRows) {
			waits, err := s.q.CommitmentWaits(ctx, tx, commitment[:])
			if err == nil && waits {
				return ErrNotSealed
			}
			if err == nil {
				err = pgx.ErrNoRows
			}
			return err
		}
		if err != nil {
			return err
		}
		head, err := s.publishedWith(ctx, tx, idx)
		if err != nil {
			return err
		}
		p, err = audit.Prove(commitment, idx, head, s.treeReader(ctx, tx))
		return err
	})
	if errors.Is(err, ErrNotSealed) {
		return audit.Proof{}, ErrNotSealed
	}
	return p, safe("prove a commitment", err)
}

func (s *Store) publishedWith(ctx context.Context, tx pgx.Tx, idx int64) (audit.Block, error) {
	row, err := s.q.PublishedBlockWith(ctx, tx, idx)
	if errors.Is(err, pgx.ErrNoRows) {
		return s.head(ctx, tx)
	}
	if err != nil {
		return audit.Block{}, err
	}
	return blockOf(row)
}

// ProveGrowth proves that the tree of the newer block begins with the whole tree of the older one
// (audit.CheckGrowth). Errors: NotFound; Away.
func (s *Store) ProveGrowth(ctx context.Context, older, newer int64) (proof []audit.Hash, err error) {
	ctx, cancel := s.limit(ctx)
	defer cancel()
	err = pgx.BeginTxFunc(ctx, s.pool, snapshot, func(tx pgx.Tx) error {
		var blocks [2]audit.Block
		for i, n := range []int64{older, newer} {
			row, err := s.q.BlockByNumber(ctx, tx, n)
			if err != nil {
				return err
			}
			if blocks[i], err = blockOf(row); err != nil {
				return err
			}
		}
		proof, err = audit.ProveGrowth(blocks[0], blocks[1], s.treeReader(ctx, tx))
		return err
	})
	return proof, safe("prove growth", err)
}

// snapshot is one moment of the database.
var snapshot = pgx.TxOptions{IsoLevel: pgx.RepeatableRead, AccessMode: pgx.ReadOnly}

// treeReader reads stored hashes of the tree.
func (s *Store) treeReader(ctx context.Context, d db.DBTX) audit.Reader {
	return func(index []int64) ([]audit.Hash, error) {
		rows, err := s.q.HashesByIndex(ctx, d, index)
		if err != nil {
			return nil, err
		}
		at := make(map[int64]audit.Hash, len(rows))
		for _, r := range rows {
			if at[r.Idx], err = hashOf32(r.Hash); err != nil {
				return nil, err
			}
		}
		out := make([]audit.Hash, len(index))
		for i, x := range index {
			h, ok := at[x]
			if !ok {
				return nil, &cases.Error{Code: cases.NotFound, Detail: "audit: a hash of the tree"}
			}
			out[i] = h
		}
		return out, nil
	}
}

func blockOf(r db.AuditBlock) (b audit.Block, err error) {
	b = audit.Block{N: r.N, First: r.FirstLeaf, Size: r.Size, Sealed: r.SealedAt.UTC()}
	for _, f := range []struct {
		to   *audit.Hash
		from []byte
	}{{&b.Root, r.Root}, {&b.Prev, r.Prev}, {&b.Hash, r.Hash}} {
		if *f.to, err = hashOf32(f.from); err != nil {
			return audit.Block{}, err
		}
	}
	return b, nil
}
