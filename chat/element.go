package chat

import (
	"errors"
	"fmt"
	"net/url"
	"unicode/utf8"
)

// Element is one piece of a message's body: exactly one of its fields is set
// (product/1047/33527).
type Element struct {
	Text     *Text     `json:"text,omitempty"`
	Custom   *Custom   `json:"custom,omitempty"`
	Image    *Image    `json:"image,omitempty"`
	File     *File     `json:"file,omitempty"`
	Location *Location `json:"location,omitempty"`
	Face     *Face     `json:"face,omitempty"`
}

// Text is a piece of text.
type Text struct {
	Text string `json:"text"`
}

// Custom is data that only the receiving application understands. There is at
// most one in a message. Its push text does not exist here on purpose: what is
// pushed shows on lock screens.
type Custom struct {
	Data string `json:"data"`
}

// ImageFormat is how an image is coded.
type ImageFormat int

// The image formats (product/1047/33527).
const (
	JPG        ImageFormat = 1
	GIF        ImageFormat = 2
	PNG        ImageFormat = 3
	BMP        ImageFormat = 4
	OtherImage ImageFormat = 255
)

// Image is a picture that lies at a URL, in one to three sizes.
type Image struct {
	UUID   string      `json:"uuid"` // globally unique, usually the file's MD5
	Format ImageFormat `json:"format"`
	Sizes  []ImageSize `json:"sizes"`
}

// ImageSize is one rendering of an image.
type ImageSize struct {
	Kind   int    `json:"kind"` // 1 original, 2 large, 3 thumbnail
	Bytes  int64  `json:"bytes"`
	Width  int    `json:"width"`  // pixels
	Height int    `json:"height"` // pixels
	URL    string `json:"url"`
}

// File is a file that lies at a URL.
type File struct {
	URL   string `json:"url"`
	UUID  string `json:"uuid"` // globally unique, usually the file's MD5
	Name  string `json:"name"`
	Bytes int64  `json:"bytes"`
}

// Location is a point on a map, in degrees.
type Location struct {
	Description string  `json:"description"`
	Latitude    float64 `json:"latitude"`
	Longitude   float64 `json:"longitude"`
}

// Face is a sticker, by the application's own numbering.
type Face struct {
	Index int    `json:"index"`
	Data  string `json:"data,omitempty"`
}

// Validate reports an element with none or several fields set, or one that the
// service would refuse.
func (e Element) Validate() error {
	var set int
	var err error
	for _, v := range []interface {
		present() bool
		validate() error
	}{e.Text, e.Custom, e.Image, e.File, e.Location, e.Face} {
		if v.present() {
			set++
			err = errors.Join(err, v.validate())
		}
	}
	if set != 1 {
		return fmt.Errorf("an element has exactly one of text, custom, image, file, location, face; this one has %d", set)
	}
	return err
}

func (t *Text) present() bool     { return t != nil }
func (c *Custom) present() bool   { return c != nil }
func (i *Image) present() bool    { return i != nil }
func (f *File) present() bool     { return f != nil }
func (l *Location) present() bool { return l != nil }
func (f *Face) present() bool     { return f != nil }

func (t *Text) validate() error {
	if t.Text == "" {
		return errors.New("a text element is empty")
	}
	return validateUTF8("a text element", t.Text)
}

func (c *Custom) validate() error {
	if c.Data == "" {
		return errors.New("a custom element has no data")
	}
	return validateUTF8("a custom element", c.Data)
}

func (i *Image) validate() error {
	if i.UUID == "" {
		return errors.New("an image has no uuid")
	}
	if err := validateUTF8("an image's uuid", i.UUID); err != nil {
		return err
	}
	switch i.Format {
	case JPG, GIF, PNG, BMP, OtherImage:
	default:
		return fmt.Errorf("image format %d is unknown; have 1 JPG, 2 GIF, 3 PNG, 4 BMP, 255 other", i.Format)
	}
	if n := len(i.Sizes); n < 1 || n > 3 {
		return fmt.Errorf("an image has one to three sizes; this one has %d", n)
	}
	for _, s := range i.Sizes {
		if err := s.validate(); err != nil {
			return err
		}
	}
	return nil
}

func (s ImageSize) validate() error {
	if s.Kind < 1 || s.Kind > 3 || s.Width <= 0 || s.Height <= 0 || s.Bytes < 0 {
		return errors.New("an image size needs kind 1 (original), 2 (large) or 3 (thumbnail), a width and height above 0, and bytes that are not negative")
	}
	return validateURL(s.URL)
}

func (f *File) validate() error {
	if f.UUID == "" || f.Name == "" || f.Bytes < 0 {
		return errors.New("a file needs a uuid, a name and a size that is not negative")
	}
	if err := validateUTF8("a file's uuid or name", f.UUID, f.Name); err != nil {
		return err
	}
	return validateURL(f.URL)
}

func (l *Location) validate() error {
	// Written so that NaN, which compares as false, is refused too.
	if !(l.Latitude >= -90 && l.Latitude <= 90 && l.Longitude >= -180 && l.Longitude <= 180) {
		return fmt.Errorf("location %v, %v is not on the map: latitude goes from -90 to 90, longitude from -180 to 180", l.Latitude, l.Longitude)
	}
	return validateUTF8("a location's description", l.Description)
}

func (f *Face) validate() error {
	if f.Index < 0 {
		return fmt.Errorf("face %d: the index is not negative", f.Index)
	}
	return validateUTF8("a face's data", f.Data)
}

// validateUTF8 refuses what JSON cannot carry: encoding it would put a
// replacement character in its place, and something else would be sent.
func validateUTF8(what string, texts ...string) error {
	for _, s := range texts {
		if !utf8.ValidString(s) {
			return fmt.Errorf("%s is not UTF-8", what)
		}
	}
	return nil
}

func validateURL(s string) error {
	u, err := url.Parse(s)
	if err != nil || (u.Scheme != "https" && u.Scheme != "http") || u.Hostname() == "" {
		return errors.New("a picture or file lies at an http or https URL with a host")
	}
	return validateUTF8("the URL of a picture or file", s)
}
