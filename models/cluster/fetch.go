package cluster

import "context"

// ChildMain x
func ChildMain() bool { return false }

func fetchable(int) bool { return false }
func fetch(ctx context.Context, h home, a account, need int, o Options) (programs, error) {
	return programs{}, ErrPrograms
}
