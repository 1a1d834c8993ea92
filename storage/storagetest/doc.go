// Package storagetest is what every store must do, as tests that run against
// any of them, and the real S3 servers to run them on.
//
// It holds no double of a store: where a real server is not at hand the tests
// are skipped by name, and fail in continuous integration.
package storagetest
