package chat_test

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/botd-chat/botd/chat"
)

// good has one valid element of each sort.
func good() map[string]chat.Element {
	return map[string]chat.Element{
		"text":   {Text: &chat.Text{Text: "Round 3 is open"}},
		"custom": {Custom: &chat.Custom{Data: `{"v":1}`}},
		"image": {Image: &chat.Image{UUID: "41d8cd98f00b204e9800998ecf8427e0", Format: chat.PNG, Sizes: []chat.ImageSize{
			{Kind: 1, Bytes: 90210, Width: 1200, Height: 800, URL: "https://cdn.example.org/i1"},
			{Kind: 3, Bytes: 8012, Width: 198, Height: 132, URL: "http://cdn.example.org:8080/i1?198"},
		}}},
		"file":     {File: &chat.File{URL: "https://cdn.example.org/f1", UUID: "c4ca4238a0b923820dcc509a6f75849b", Name: "results.csv", Bytes: 51200}},
		"location": {Location: &chat.Location{Description: "Hall B", Latitude: 48.1372, Longitude: 11.5755}},
		"face":     {Face: &chat.Face{Index: 2, Data: "star"}},
	}
}

func TestEachSortOfElementIsAcceptedAndComesBackFromJSON(t *testing.T) {
	for name, e := range good() {
		t.Run(name, func(t *testing.T) {
			if err := e.Validate(); err != nil {
				t.Error(err)
			}
			b, err := json.Marshal(e)
			if err != nil || !strings.HasPrefix(string(b), `{"`+name+`":{`) {
				t.Fatalf("written as %s (%v)", b, err)
			}
			var back chat.Element
			if err := json.Unmarshal(b, &back); err != nil || !reflect.DeepEqual(back, e) {
				t.Errorf("%s came back as %+v (%v)", b, back, err)
			}
		})
	}
}

func TestAnElementIsExactlyOneThing(t *testing.T) {
	if err := (chat.Element{}).Validate(); err == nil || !strings.Contains(err.Error(), "has 0") {
		t.Errorf("nothing at all: %v", err)
	}
	all := good()
	for one, a := range all {
		for two, b := range all {
			if one == two {
				continue
			}
			both := reflect.New(reflect.TypeFor[chat.Element]()).Elem()
			for i := range both.NumField() {
				for _, from := range []chat.Element{a, b} {
					if f := reflect.ValueOf(from).Field(i); !f.IsNil() {
						both.Field(i).Set(f)
					}
				}
			}
			if err := both.Interface().(chat.Element).Validate(); err == nil || !strings.Contains(err.Error(), "has 2") {
				t.Errorf("%s and %s in one: %v", one, two, err)
			}
		}
	}
}

func TestWhatTheServiceWouldRefuseIsRefusedHere(t *testing.T) {
	text := func(s string) chat.Element { return chat.Element{Text: &chat.Text{Text: s}} }
	custom := func(s string) chat.Element { return chat.Element{Custom: &chat.Custom{Data: s}} }
	image := func(change func(*chat.Image)) chat.Element {
		e := good()["image"]
		change(e.Image)
		return e
	}
	file := func(change func(*chat.File)) chat.Element {
		e := good()["file"]
		change(e.File)
		return e
	}
	at := func(latitude, longitude float64) chat.Element {
		return chat.Element{Location: &chat.Location{Latitude: latitude, Longitude: longitude}}
	}
	nan, inf := math.NaN(), math.Inf(1)
	for name, e := range map[string]chat.Element{
		"an empty text":                      text(""),
		"a text that is not UTF-8":           text("caf\xe9"),
		"a custom element without data":      custom(""),
		"custom data that is not UTF-8":      custom("\x80"),
		"an image without a uuid":            image(func(i *chat.Image) { i.UUID = "" }),
		"an image's uuid that is not UTF-8":  image(func(i *chat.Image) { i.UUID = "\xff" }),
		"an image of no format":              image(func(i *chat.Image) { i.Format = 0 }),
		"an image of an unknown format":      image(func(i *chat.Image) { i.Format = 5 }),
		"an image of no size":                image(func(i *chat.Image) { i.Sizes = nil }),
		"an image of four sizes":             image(func(i *chat.Image) { i.Sizes = append(i.Sizes, i.Sizes...) }),
		"a size of no kind":                  image(func(i *chat.Image) { i.Sizes[0].Kind = 0 }),
		"a size of an unknown kind":          image(func(i *chat.Image) { i.Sizes[1].Kind = 4 }),
		"a size without width":               image(func(i *chat.Image) { i.Sizes[0].Width = 0 }),
		"a size of negative height":          image(func(i *chat.Image) { i.Sizes[1].Height = -1 }),
		"a size of negative bytes":           image(func(i *chat.Image) { i.Sizes[0].Bytes = -1 }),
		"a size that lies nowhere":           image(func(i *chat.Image) { i.Sizes[1].URL = "" }),
		"a file without a uuid":              file(func(f *chat.File) { f.UUID = "" }),
		"a file without a name":              file(func(f *chat.File) { f.Name = "" }),
		"a file's name that is not UTF-8":    file(func(f *chat.File) { f.Name = "r\xe9sum\xe9.pdf" }),
		"a file of negative size":            file(func(f *chat.File) { f.Bytes = -1 }),
		"north of the pole":                  at(90.0001, 0),
		"south of the pole":                  at(-91, 0),
		"east of the date line":              at(0, 180.5),
		"west of the date line":              at(0, -181),
		"no latitude":                        at(nan, 0),
		"no longitude":                       at(0, nan),
		"latitude without end":               at(inf, 0),
		"longitude without end":              at(0, -inf),
		"a description that is not UTF-8":    {Location: &chat.Location{Description: "\xff"}},
		"a face before the first":            {Face: &chat.Face{Index: -1}},
		"a face's data that is not UTF-8":    {Face: &chat.Face{Data: "\xff"}},
		"an element with empty insides":      {Image: &chat.Image{}},
		"a file with nothing about the file": {File: &chat.File{}},
	} {
		t.Run(name, func(t *testing.T) {
			if err := e.Validate(); err == nil {
				t.Errorf("%+v is valid", e)
			}
		})
	}
	t.Run("the edges of the map are on it", func(t *testing.T) {
		for _, e := range []chat.Element{at(90, 180), at(-90, -180), at(0, 0)} {
			if err := e.Validate(); err != nil {
				t.Error(err)
			}
		}
	})
}

func TestPicturesAndFilesLieAtAWebAddressAndNowhereElse(t *testing.T) {
	for _, url := range []string{
		"", "cdn.example.org/a", "/a", "//cdn.example.org/a", "https://", "https:///a", "https:a", "http://:80/a", "https://user@/a",
		"javascript:alert(1)", "JavaScript://cdn.example.org/%0aalert(1)", "data:text/html;base64,PGI+", "file:///etc/passwd",
		"ftp://cdn.example.org/a", "https://cdn.example.org/\n", "https://cdn.example.org/%zz", "https://cdn.example.org/\xff",
		" https://cdn.example.org/a", "https://cdn .example.org/a", "ht\ttps://cdn.example.org/a",
	} {
		t.Run(url, func(t *testing.T) {
			image, file := good()["image"], good()["file"]
			image.Image.Sizes[0].URL, file.File.URL = url, url
			for _, e := range []chat.Element{image, file} {
				if e.Validate() == nil {
					t.Errorf("%q is accepted", url)
				}
			}
		})
	}
	for _, url := range []string{"HTTPS://cdn.example.org/a", "http://192.0.2.1:8080/a?b#c", "https://[2001:db8::1]/a", "https://例え.jp/絵"} {
		file := good()["file"]
		file.File.URL = url
		if err := file.Validate(); err != nil {
			t.Errorf("%q: %v", url, err)
		}
	}
}
