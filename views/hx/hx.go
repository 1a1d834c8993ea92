// Package hx owns every htmx attribute of the portal: screens write none by hand.
// It refuses what a strict Content-Security-Policy forbids or what the project gave up:
// hx-on, js: values, trigger filters, hx-live, the history cache. Every request morphs
// its target from outside (stable ids), and says what each refusal does: 401 opens the
// sign-in dialog over the page, 403 and 404 replace the page, 413, 429 and 5xx leave the page alone and are announced,
// every other status swaps like a success (422 brings the form back, 409 the conflict).
// The element's real action, href and method come first; these attributes come second:
// without JavaScript everything works, htmx only makes it faster (P13.8).
package hx

import "github.com/a-h/templ"

// Option sets one more attribute.
type Option func(templ.Attributes)

// Overlay is the id of the place, in every page, where a dialog sent by the server lands.
const Overlay = "superposition"

// Get makes the element fetch url and morph its target (itself when none is named).
func Get(url string, options ...Option) templ.Attributes { return request("hx-get", url, options) }

// Post makes the element post its form to url and morph its target.
func Post(url string, options ...Option) templ.Attributes { return request("hx-post", url, options) }

func request(verb, url string, options []Option) templ.Attributes {
	attrs := templ.Attributes{
		verb:            url,
		"hx-swap":       "outerMorph",
		"hx-status:401": "target:#" + Overlay + " swap:innerHTML push:false replace:false",
		"hx-status:403": "target:body swap:innerMorph",
		"hx-status:404": "target:body swap:innerMorph",
		"hx-status:413": "swap:none push:false replace:false",
		"hx-status:429": "swap:none push:false replace:false",
		"hx-status:5xx": "swap:none push:false replace:false",
	}
	for _, option := range options {
		option(attrs)
	}
	return attrs
}

// Target names by id (without #) the element to morph. Its tag and id are sent in
// HX-Target, from which the handler chooses the fragment.
func Target(id string) Option { return set("hx-target", "#"+id) }

// Select takes only the element of that id out of the answer, so that a whole page can answer.
func Select(id string) Option { return set("hx-select", "#"+id) }

// PushURL writes the final address in the history, so that Back and a copied URL work.
func PushURL() Option { return set("hx-push-url", "true") }

// ReplaceURL writes the final address in place of the present one.
func ReplaceURL() Option { return set("hx-replace-url", "true") }

// Trigger says what sends the request, in htmx's words ("input changed delay:150ms").
// Filters in brackets are dropped: they need eval.
func Trigger(spec string) Option {
	for i := range len(spec) {
		if spec[i] == '[' {
			spec = spec[:i]
			break
		}
	}
	return set("hx-trigger", spec)
}

// TypeAhead sends while one types, after a pause of 150 ms, and on submission.
func TypeAhead() Option {
	return set("hx-trigger", "input changed delay:150ms, submit, change")
}

// Latest drops the request under way when a newer one starts (search as you type).
func Latest() Option { return set("hx-sync", "this:replace") }

// Yield gives way to the requests of another element (an id): this one is not sent while
// one of those is under way, and is dropped when one is sent.
func Yield(id string) Option { return set("hx-sync", "#"+id+":abort") }

// Queue keeps the last request until the one under way has answered (saving).
func Queue(id string) Option { return set("hx-sync", "#"+id+":queue last") }

// NoSwap leaves the page as it is: the answer speaks by headers or by partials only.
func NoSwap() Option { return set("hx-swap", "none") }

// Include sends the fields of a form too (an id).
func Include(id string) Option { return set("hx-include", "#"+id) }

// IncludeForm sends the fields of a form too, those outside of it that belong to it
// included (an id).
func IncludeForm(id string) Option { return set("hx-include", "#"+id+", [form="+id+"]") }

// Inner replaces what is inside the target instead of morphing the target itself.
func Inner() Option { return set("hx-swap", "innerMorph") }

// Replace puts the answer in the place of the target, several elements for one ("show more"
// as the last line of a list).
func Replace() Option { return set("hx-swap", "outerHTML") }

// Shown swaps an answer of that status although it is a refusal: the page has something of
// its own to show in its place (a search that does not answer).
func Shown(status string) Option { return set("hx-status:"+status, "push:false replace:false") }

// NoValidate lets an incomplete form leave: steps are saved incomplete at will.
func NoValidate() Option { return set("hx-validate", "false") }

// Preserve keeps the element as it is through every swap: a file being chosen, an
// upload under way. Its id must be stable.
func Preserve() templ.Attributes { return templ.Attributes{"hx-preserve": true} }

// Beside is the start of a part that an answer brings along with its own target: an
// hx-partial element that morphs the element of that id.
func Beside(id string) templ.Attributes {
	return templ.Attributes{"hx-target": "#" + id, "hx-swap": "outerMorph"}
}

// Merge joins attributes; the later win.
func Merge(all ...templ.Attributes) templ.Attributes {
	out := templ.Attributes{}
	for _, attrs := range all {
		for name, value := range attrs {
			out[name] = value
		}
	}
	return out
}

func set(name, value string) Option {
	return func(a templ.Attributes) { a[name] = value }
}
