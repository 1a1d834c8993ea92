package main

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/PuerkitoBio/goquery"
)

// crawl follows the portal's own links like a robot, n different pages.
func crawl(ctx context.Context, p *portal, n int) (int, error) {
	seen, queue := map[string]bool{"/": true}, []string{"/"}
	for i := 1; i <= 60; i++ {
		path := fmt.Sprintf("/recherche?page=%d", i)
		seen[path], queue = true, append(queue, path)
	}
	read := 0
	for len(queue) > 0 && read < n && ctx.Err() == nil {
		path := queue[0]
		queue = queue[1:]
		links, err := page(p.url + path)
		if err != nil {
			return read, err
		}
		read++
		for _, l := range links {
			if !seen[l] && len(seen) < 4*n {
				seen[l], queue = true, append(queue, l)
			}
		}
	}
	return read, nil
}

// page reads one page and the local links in it.
func page(url string) ([]string, error) {
	r, err := http.Get(url)
	if err != nil {
		return nil, err
	}
	defer func() { _ = r.Body.Close() }()
	if r.StatusCode >= http.StatusInternalServerError {
		return nil, fmt.Errorf("%s: %s", url, r.Status)
	}
	if !strings.HasPrefix(r.Header.Get("Content-Type"), "text/html") {
		_, err := io.Copy(io.Discard, r.Body)
		return nil, err
	}
	doc, err := goquery.NewDocumentFromReader(r.Body)
	if err != nil {
		return nil, err
	}
	var links []string
	doc.Find("a[href]").Each(func(_ int, a *goquery.Selection) {
		href := a.AttrOr("href", "")
		if strings.HasPrefix(href, "/") && !strings.HasPrefix(href, "//") {
			href, _, _ = strings.Cut(href, "#")
			links = append(links, href)
		}
	})
	return links, nil
}

// coursePaths lists addresses of course pages from the results.
func coursePaths(p *portal, n int) ([]string, error) {
	var paths []string
	for i := 1; len(paths) < n && i < 100; i++ {
		links, err := page(fmt.Sprintf("%s/recherche?nature=formation&page=%d", p.url, i))
		if err != nil {
			return nil, err
		}
		before := len(paths)
		for _, l := range links {
			if strings.HasPrefix(l, "/formations/") {
				paths = append(paths, l)
			}
		}
		if len(paths) == before {
			break
		}
	}
	if len(paths) == 0 {
		return nil, fmt.Errorf("no course in the results")
	}
	return paths[:min(n, len(paths))], nil
}
