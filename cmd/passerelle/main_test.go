package main

import (
	"testing"

	"passerelle/cmd/internal/portaltest"
)

func TestMain(m *testing.M) { portaltest.Main(m) }
