package static

import (
	"fmt"
	"path"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// entries are the bundles: one style and one script by audience. A visitor loads the
// first style only; each script holds everything that its audience needs.
var entries = []string{
	"css/passerelle.css", "css/espace.css", "css/bureau.css",
	"js/passerelle.js", "js/espace.js", "js/bureau.js",
}

// bundle resolves imports inside the embedded sources, in the order of the cascade.
func (a *Assets) bundle() error {
	result := api.Build(api.BuildOptions{
		EntryPoints:       entries,
		Bundle:            true,
		Write:             false,
		Outdir:            "/",
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		Format:            api.FormatESModule,
		Target:            api.ES2022,
		Engines:           []api.Engine{{Name: api.EngineChrome, Version: "123"}, {Name: api.EngineFirefox, Version: "120"}, {Name: api.EngineSafari, Version: "17.5"}},
		Charset:           api.CharsetUTF8,
		LegalComments:     api.LegalCommentsNone,
		LogLevel:          api.LogLevelSilent,
		Plugins:           []api.Plugin{{Name: "embedded", Setup: a.embedded}},
	})
	for _, m := range append(result.Errors, result.Warnings...) {
		return fmt.Errorf("bundle: %s", describe(m))
	}
	for _, out := range result.OutputFiles {
		a.add(path.Base(strings.ReplaceAll(out.Path, `\`, "/")), out.Contents)
	}
	return nil
}

// embedded makes esbuild read the embedded files, and points url() at the named assets.
func (a *Assets) embedded(build api.PluginBuild) {
	build.OnResolve(api.OnResolveOptions{Filter: ".*"}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
		name := path.Clean(args.Path)
		if args.Kind != api.ResolveEntryPoint {
			name = path.Join(path.Dir(args.Importer), args.Path)
		}
		if args.Kind == api.ResolveCSSURLToken {
			return api.OnResolveResult{Path: a.URL(name), External: true}, nil
		}
		return api.OnResolveResult{Path: name, Namespace: "embedded"}, nil
	})
	build.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: "embedded"}, func(args api.OnLoadArgs) (api.OnLoadResult, error) {
		body, err := source.ReadFile(args.Path)
		if err != nil {
			return api.OnLoadResult{}, err
		}
		text, loader := string(body), api.LoaderJS
		if path.Ext(args.Path) == ".css" {
			loader = api.LoaderCSS
		}
		return api.OnLoadResult{Contents: &text, Loader: loader}, nil
	})
}

func describe(m api.Message) string {
	if m.Location == nil {
		return m.Text
	}
	return fmt.Sprintf("%s:%d: %s", m.Location.File, m.Location.Line, m.Text)
}
