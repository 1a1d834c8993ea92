package handlers_test

import (
	"testing"

	"passerelle/models/modelstest"
	"passerelle/storage/child"
)

func TestMain(m *testing.M) {
	if child.Main() {
		return
	}
	modelstest.Main(m)
}
