package simulator

import (
	"bytes"
	"encoding/json"
	"strings"
)

// element says what the content of a message element needs (product/1047/33527)
// and what people are shown of it.
type element struct {
	strings []string // fields that must be strings
	numbers []string // fields that must be numbers
	flags   []string // fields that must be 2: the file can be downloaded by its URL
	shown   string   // "": its Text
}

var elements = map[string]element{
	"TIMTextElem":     {strings: []string{"Text"}},
	"TIMLocationElem": {strings: []string{"Desc"}, numbers: []string{"Latitude", "Longitude"}, shown: "[location]"},
	"TIMFaceElem":     {strings: []string{"Data"}, numbers: []string{"Index"}, shown: "[face]"},
	"TIMCustomElem":   {shown: "[custom]"},
	"TIMSoundElem":    {strings: []string{"Url", "UUID"}, flags: []string{"Download_Flag"}, shown: "[sound]"},
	"TIMImageElem":    {strings: []string{"UUID"}, shown: "[image]"},
	"TIMFileElem":     {strings: []string{"Url", "UUID"}, flags: []string{"Download_Flag"}, shown: "[file]"},
	"TIMVideoFileElem": {strings: []string{"VideoUrl", "VideoUUID", "ThumbUrl", "ThumbUUID"},
		numbers: []string{"ThumbWidth", "ThumbHeight"}, flags: []string{"VideoDownloadFlag", "ThumbDownloadFlag"}, shown: "[video]"},
	"TIMRelayElem": {strings: []string{"Title", "CompatibleText"}, shown: "[forwarded messages]"},
}

// customTexts are the fields of a TIMCustomElem, all optional.
var customTexts = []string{"Data", "Desc", "Ext", "Sound"}

// readElements checks a MsgBody and returns what people would read.
func readElements(body []json.RawMessage, manyCustom bool) (string, error) {
	var customs int
	var shown []string
	for _, raw := range body {
		kind, content, err := readElement(raw)
		if err != nil {
			return "", err
		}
		if kind == "TIMCustomElem" {
			customs++
		}
		shown = append(shown, show(kind, content))
	}
	if customs > 1 && !manyCustom {
		return "", refuse(10004, "MsgBody holds more than one TIMCustomElem")
	}
	return plain(shown), nil
}

func readElement(raw json.RawMessage) (kind string, content fields, err error) {
	f, ok := parseObject(raw)
	if !ok {
		return "", nil, refuse(10004, "an element of MsgBody is not an object")
	}
	if kind, err = f.text("MsgType"); err != nil {
		return "", nil, err
	}
	e, known := elements[kind]
	if !known {
		return "", nil, refuse(10004, "MsgType is none that can be sent")
	}
	if content, err = f.object("MsgContent"); err != nil || content == nil {
		return "", nil, refuse(10004, "MsgContent is not an object")
	}
	return kind, content, checkContent(kind, e, content)
}

func checkContent(kind string, e element, content fields) error {
	for _, name := range e.strings {
		if raw := content[name]; len(raw) == 0 || raw[0] != '"' {
			return refuse(10004, kind+" needs the string "+name)
		}
	}
	for _, name := range e.numbers {
		if !isNumber(content[name]) {
			return refuse(10004, kind+" needs the number "+name)
		}
	}
	for _, name := range e.flags {
		if string(content[name]) != "2" {
			return refuse(10004, kind+" needs "+name+" 2")
		}
	}
	switch kind {
	case "TIMCustomElem":
		return checkCustom(content)
	case "TIMImageElem":
		return checkImages(content)
	}
	return nil
}

func checkCustom(content fields) error {
	for _, name := range customTexts {
		if _, err := content.text(name); err != nil {
			return err
		}
	}
	return nil
}

func checkImages(content fields) error {
	var images []fields
	if json.Unmarshal(content["ImageInfoArray"], &images) != nil || len(images) == 0 {
		return refuse(10004, "TIMImageElem needs an ImageInfoArray")
	}
	for _, image := range images {
		if raw := image["URL"]; len(raw) == 0 || raw[0] != '"' || !isNumber(image["Width"]) || !isNumber(image["Height"]) {
			return refuse(10004, "an image needs URL, Width and Height")
		}
	}
	return nil
}

func isNumber(raw json.RawMessage) bool {
	return len(raw) > 0 && bytes.IndexByte([]byte("-0123456789"), raw[0]) >= 0
}

// show is what people read of one element.
func show(kind string, content fields) string {
	if e := elements[kind]; e.shown != "" {
		return e.shown
	}
	text, _ := content.text("Text") // checkContent saw that it is a string
	return text
}

// plain joins what is shown; the word for a custom element, which carries data
// for programs, is left out beside text.
func plain(shown []string) string {
	words := make([]string, 0, len(shown))
	for _, s := range shown {
		if s != "[custom]" {
			words = append(words, s)
		}
	}
	if len(words) == 0 {
		words = shown
	}
	return strings.Join(words, " ")
}
