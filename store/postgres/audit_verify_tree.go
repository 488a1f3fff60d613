package postgres

import (
	"context"

	"huiyin/store/audit"
	"huiyin/store/postgres/db"
)

// twoTrees grows the tree twice: from the leaves, and from their stored hashes. When the two part, a root tells which
// of them is as it was sealed, so that one changed byte is one finding and not one for every block after it.
type twoTrees struct {
	leaves, nodes audit.Tree
	parted        bool
	lost          bool // too much is missing for either
}

// root says whether one of the trees has that root.
func (t *twoTrees) root(want audit.Hash) (bool, error) {
	got, err := t.leaves.Root()
	if err != nil || got == want || !t.parted {
		return err == nil && got == want, err
	}
	got, err = t.nodes.Root()
	return err == nil && got == want, err
}

// add grows both trees by a record and gives the hashes that either stores for it.
func (t *twoTrees) add(leaf, node audit.Hash) (one, other []audit.Hash, err error) {
	t.parted = t.parted || leaf != node
	if one, err = t.nodes.Add(node); err != nil {
		return nil, nil, err
	}
	if !t.parted {
		t.leaves = t.nodes
		return one, one, nil
	}
	other, err = t.leaves.Add(leaf)
	return one, other, err
}

// tree goes through leaves, the tree's hashes and the blocks.
func (v *verifier) tree(ctx context.Context) error {
	leaves := pages[db.LeavesToVerifyRow]{fetch: func(last *db.LeavesToVerifyRow) ([]db.LeavesToVerifyRow, error) {
		after := int64(-1)
		if last != nil {
			after = last.Idx
		}
		page, err := v.q.LeavesToVerify(ctx, v.tx, after, verifyPage)
		v.step(len(page))
		return page, err
	}}
	hashes := pages[db.AuditHash]{fetch: func(last *db.AuditHash) ([]db.AuditHash, error) {
		after := int64(-1)
		if last != nil {
			after = last.Idx
		}
		return v.q.HashesToVerify(ctx, v.tx, after, verifyPage)
	}}
	w := treeWalk{v: v, hashes: &hashes, blocks: &pages[db.AuditBlock]{
		fetch: func(last *db.AuditBlock) ([]db.AuditBlock, error) {
			after := int64(0)
			if last != nil {
				after = last.N
			}
			return v.q.BlocksToVerify(ctx, v.tx, after, verifyPage)
		},
	}}
	if err := w.nextBlock(); err != nil {
		return err
	}
	for {
		r, err := leaves.next()
		if err != nil {
			return err
		}
		if r == nil {
			break
		}
		v.report.Leaves++
		v.leafStands(*r)
		for missing := w.size; missing < r.Idx && !w.trees.lost; missing++ {
			v.found(audit.Finding{Kind: audit.MissingLeaf, Leaf: missing})
			if err := w.grow(nil); err != nil {
				return err
			}
		}
		h, ok := audit.HashOf(r.Hash)
		if ok {
			h = audit.LeafHash(r.Kind, h)
		}
		w.size = r.Idx
		if err := w.grow(&h); err != nil {
			return err
		}
	}
	return w.end()
}

// leafStands looks for what a leaf is about.
func (v *verifier) leafStands(r db.LeavesToVerifyRow) {
	switch {
	case r.Kind == audit.LeafEvent && !r.CaseThere && r.CaseID.Valid:
		v.found(audit.Finding{Kind: audit.MissingCase, Case: r.CaseID.String()})
	case r.Kind == audit.LeafEvent && !r.EventThere && r.Seq != nil:
		v.found(audit.Finding{Kind: audit.MissingEvent, Case: r.CaseID.String(), Seq: int64(*r.Seq)})
	case r.Kind == audit.LeafAccount && !r.AccountThere && r.AccountEvent != nil:
		v.found(audit.Finding{Kind: audit.MissingAccount, Seq: *r.AccountEvent})
	}
}

// treeWalk goes through the leaves in their order, with the stored hashes and the blocks beside them.
type treeWalk struct {
	v      *verifier
	size   int64 // leaves passed, missing ones too
	gaps   int
	trees  twoTrees
	hashes *pages[db.AuditHash]
	hash   *db.AuditHash // the next that is not passed
	blocks *pages[db.AuditBlock]
	block  *audit.Block // whose end comes next; nil after the last
	before audit.Block
}

// stored gives the stored hash of a number, nil when it is missing. Numbers are asked for in ascending order.
func (w *treeWalk) stored(index int64) (*audit.Hash, error) {
	for w.hash == nil || w.hash.Idx < index {
		next, err := w.hashes.next()
		if err != nil || next == nil {
			return nil, err
		}
		w.hash = next
	}
	if w.hash.Idx != index {
		return nil, nil
	}
	h, ok := audit.HashOf(w.hash.Hash)
	if !ok {
		return nil, nil
	}
	return &h, nil
}

// grow passes one leaf; nil is a missing one, for which its stored hash stands in.
func (w *treeWalk) grow(leaf *audit.Hash) error {
	n := w.size
	w.size++
	if leaf == nil {
		w.gaps++
	}
	if w.trees.lost || w.gaps > maxGap || w.trees.nodes.Size() != n {
		w.trees.lost = true
		return nil
	}
	index := audit.StoredCount(n)
	node, err := w.stored(index)
	switch {
	case err != nil:
		return err
	case node == nil && leaf == nil:
		w.trees.lost = true
		return nil
	case node == nil:
		w.v.found(audit.Finding{Kind: audit.ChangedNode, Leaf: n})
		node = leaf
	case leaf == nil:
		leaf = node
	case *node != *leaf:
		w.v.found(audit.Finding{Kind: audit.ChangedLeaf, Leaf: n})
	}
	one, other, err := w.trees.add(*leaf, *node)
	if err != nil {
		return err
	}
	for i := 1; i < len(one); i++ {
		above, err := w.stored(index + int64(i))
		if err != nil {
			return err
		}
		if above == nil || *above != one[i] && *above != other[i] {
			w.v.found(audit.Finding{Kind: audit.ChangedNode, Leaf: n})
		}
	}
	return w.closeBlock()
}

// closeBlock compares the root when the block that comes next ends here.
func (w *treeWalk) closeBlock() error {
	if w.block == nil || w.block.Size != w.size || w.trees.lost {
		return nil
	}
	same, err := w.trees.root(w.block.Root)
	if err != nil {
		return err
	}
	if !same {
		w.v.found(audit.Finding{Kind: audit.ChangedBlock, Block: w.block.N})
	}
	return w.nextBlock()
}

// nextBlock goes to the next block that ends further on, and compares each with the one before it.
func (w *treeWalk) nextBlock() error {
	for {
		r, err := w.blocks.next()
		if err != nil {
			return err
		}
		if r == nil {
			w.block = nil
			return nil
		}
		b, err := blockOf(*r)
		if err != nil {
			return err
		}
		w.v.report.Blocks++
		w.v.blockFollows(w.before, b)
		w.before, w.v.report.Head, w.block = b, b, &b
		if b.Size > w.size {
			return nil
		}
	}
}

func (v *verifier) blockFollows(before, b audit.Block) {
	missing := before.N + 1
	for ; missing < min(b.N, before.N+1+maxGap); missing++ {
		v.found(audit.Finding{Kind: audit.MissingBlock, Block: missing})
	}
	if !b.Sound() || b.N == before.N+1 && !b.Follows(before) {
		v.found(audit.Finding{Kind: audit.ChangedBlock, Block: b.N})
	}
}

// end looks at what is left when the leaves are.
func (w *treeWalk) end() error {
	last := w.size
	for w.block != nil { // blocks that end further on than the leaves, or that a lost tree did not close
		last = max(last, w.block.Size)
		if err := w.nextBlock(); err != nil {
			return err
		}
	}
	for missing := w.size; missing < min(last, w.size+maxGap); missing++ {
		w.v.found(audit.Finding{Kind: audit.MissingLeaf, Leaf: missing})
	}
	if w.before.Size < w.size { // leaves that no block seals
		w.v.found(audit.Finding{Kind: audit.MissingBlock, Block: w.before.N + 1})
	}
	if w.trees.lost {
		w.v.found(audit.Finding{Kind: audit.ChangedNode, Leaf: w.trees.nodes.Size()})
		return nil
	}
	extra, err := w.stored(audit.StoredCount(w.size))
	if err == nil && (extra != nil || w.hash != nil && w.hash.Idx >= audit.StoredCount(w.size)) && last == w.size {
		w.v.found(audit.Finding{Kind: audit.ChangedNode, Leaf: w.size}) // hashes of no leaf
	}
	return err
}
