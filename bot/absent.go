package bot

import (
	"context"
	"fmt"

	"huiyin/cases"
)

// absent is the owner for whom an officer is told of something, nil when they are told of it for themselves.
func (p *Postman) absent(ctx context.Context, c cases.Case, n cases.Notice) (*cases.Officer, error) {
	if n.To != cases.ToOfficer || c.Owner == 0 || c.Owner == n.Officer {
		return nil, nil
	}
	o, err := p.Mail.Officer(ctx, c.Owner)
	if err != nil {
		return nil, fmt.Errorf("read an owner: %w", err)
	}
	if o.Deputy != n.Officer || !o.Away(p.Now()) {
		return nil, nil
	}
	return &o, nil
}
