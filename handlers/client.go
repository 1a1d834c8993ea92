package handlers

import (
	"net/netip"
	"strings"

	"github.com/gofiber/fiber/v2"
)

// proxies are the reverse proxies whose word is taken for who the client is.
type proxies []netip.Prefix

// readProxies reads addresses and ranges; what is neither trusts nobody.
func readProxies(list []string) proxies {
	trusted := proxies{}
	for _, s := range list {
		if one, err := netip.ParseAddr(s); err == nil {
			trusted = append(trusted, netip.PrefixFrom(one.Unmap(), one.Unmap().BitLen()))
		} else if many, err := netip.ParsePrefix(s); err == nil {
			trusted = append(trusted, many.Masked())
		}
	}
	return trusted
}

func (t proxies) trust(a netip.Addr) bool {
	for _, p := range t {
		if p.Contains(a) {
			return true
		}
	}
	return false
}

// client is the network address of whoever asks. Behind trusted proxies it is
// the last of X-Forwarded-For that is none of theirs: what stands before it was
// written by the client, who would otherwise choose a new address, and so a new
// limit (P1.13), for each request.
func (t proxies) client(ctx *fiber.Ctx) string {
	peer, err := netip.ParseAddr(ctx.Context().RemoteIP().String())
	if err != nil || !t.trust(peer.Unmap()) {
		return ctx.Context().RemoteIP().String()
	}
	client := peer.Unmap()
	hops := strings.Split(ctx.Get(fiber.HeaderXForwardedFor), ",")
	for i := len(hops) - 1; i >= 0; i-- {
		hop, err := netip.ParseAddr(strings.TrimSpace(hops[i]))
		if err != nil {
			break
		}
		client = hop.Unmap()
		if !t.trust(client) {
			break
		}
	}
	return client.String()
}

// Client is the network address of whoever asks, for limits alone: it is never
// logged.
func (c *Call) Client() string { return c.Portal.proxies.client(c.Ctx) }
