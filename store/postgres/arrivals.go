package postgres

import (
	"context"

	"huiyin/cases"
)

// fewArrivals is up to how many other new cases an officer is told of one by one.
const fewArrivals = 5

// arrivals gives the notices of other new cases that one to an officer may tell of too, and notes how many they are. When
// many cases come at once a message for each would keep the wire from everybody, and be read by nobody.
func (s *Store) arrivals(ctx context.Context, n *cases.Notice) ([]int64, error) {
	if n.To != cases.ToDepartment {
		return nil, nil
	}
	rows, err := s.q.OtherArrivals(ctx, s.pool, n.ID)
	if err != nil || len(rows) <= fewArrivals {
		return nil, err
	}
	others := make([]int64, len(rows))
	for i, r := range rows {
		others[i] = r.ID
		if r.Urgent {
			n.MoreUrgent++
		}
	}
	n.More = len(others)
	return others, nil
}
