package meili_test

import (
	"testing"

	"passerelle/models/modelstest"
)

func TestMain(m *testing.M) { modelstest.Main(m) }
