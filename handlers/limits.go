package handlers

import (
	"net"
	"sync"
	"time"
)

// Coarse limits per address and class, in this process: they shed floods. The
// exact ones of P1.13 are counted in the database by the verbs.
func (l Limit) perMinute() int {
	switch l {
	case LimitSearch:
		return 1800
	case LimitWrite:
		return 600
	case LimitAccount:
		return 120
	case limitLogged:
		return 60
	}
	return 0
}

type bucketKey struct {
	class Limit
	from  string
}

// buckets counts requests of the current minute.
type buckets struct {
	mu     sync.Mutex
	minute int64
	hits   map[bucketKey]int
}

// refuse tells how many seconds to wait; zero lets the request through. factor
// raises every limit, for networks where many people share one address.
func (b *buckets) refuse(class Limit, factor int, ip string, now time.Time) int {
	most := class.perMinute() * max(factor, 1)
	if most == 0 {
		return 0
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if minute := now.Unix() / 60; minute != b.minute || b.hits == nil {
		b.minute, b.hits = minute, map[bucketKey]int{}
	}
	key := bucketKey{class, network(ip)}
	b.hits[key]++
	if b.hits[key] > most {
		return int(60 - now.Unix()%60)
	}
	return 0
}

// network groups the addresses of one IPv6 subscriber.
func network(ip string) string {
	parsed := net.ParseIP(ip)
	if parsed == nil || parsed.To4() != nil {
		return ip
	}
	return parsed.Mask(net.CIDRMask(64, 128)).String()
}
