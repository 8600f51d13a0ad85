package im

import (
	"bytes"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/botd-chat/botd/chat"
)

// targetedBody is a request of send_group_msg in its targeted form
// (product/1047/34959). No field is ever left out, and those that are dangerous
// here, such as GroupAtInfo, do not exist.
type targetedBody struct {
	Group    chat.GroupID    `json:"GroupId"`
	Random   uint32          `json:"Random"`
	From     chat.UserID     `json:"From_Account"`
	To       chat.Recipients `json:"To_Account"`
	Priority string          `json:"MsgPriority"`
	Forbid   [2]string       `json:"ForbidCallbackControl"`
	Body     []element       `json:"MsgBody"`
	Mark     string          `json:"CloudCustomData"`
	Push     pushInfo        `json:"OfflinePushInfo"`
}

// forbidden are the callbacks that our own messages must not cause: they would
// come back to us as events (product/1047/34959).
var forbidden = [2]string{"ForbidBeforeSendMsgCallback", "ForbidAfterSendMsgCallback"}

// mark travels with each message, so that it can be told from others'.
const mark = `{"botd":1}`

// pushInfo is OfflinePushInfo: PushFlag 0 pushes, 1 does not.
type pushInfo struct {
	Flag int    `json:"PushFlag"`
	Desc string `json:"Desc,omitempty"`
}

// priorities in the service's words.
var priorities = map[chat.Priority]string{
	chat.High:     "High",
	chat.Ordinary: "Normal",
	chat.Low:      "Low",
}

// element is one element of MsgBody (product/1047/33527).
type element struct {
	Type    string `json:"MsgType"`
	Content any    `json:"MsgContent"`
}

// The contents of elements, by the service's own names.
type (
	textContent struct {
		Text string `json:"Text"`
	}
	locationContent struct {
		Desc      string  `json:"Desc"`
		Latitude  float64 `json:"Latitude"`
		Longitude float64 `json:"Longitude"`
	}
	faceContent struct {
		Index int    `json:"Index"`
		Data  string `json:"Data"`
	}
	// Desc would be pushed, so it is always empty.
	customContent struct {
		Data  string `json:"Data"`
		Desc  string `json:"Desc"`
		Ext   string `json:"Ext"`
		Sound string `json:"Sound"`
	}
	imageContent struct {
		UUID   string      `json:"UUID"`
		Format int         `json:"ImageFormat"`
		Sizes  []imageSize `json:"ImageInfoArray"`
	}
	imageSize struct {
		Kind   int    `json:"Type"`
		Size   int64  `json:"Size"`
		Width  int    `json:"Width"`
		Height int    `json:"Height"`
		URL    string `json:"URL"`
	}
	fileContent struct {
		URL  string `json:"Url"`
		UUID string `json:"UUID"`
		Size int64  `json:"FileSize"`
		Name string `json:"FileName"`
		Flag int    `json:"Download_Flag"`
	}
)

// byURL is the only Download_Flag that the server API takes.
const byURL = 2

func elements(body []chat.Element) ([]element, error) {
	out := make([]element, len(body))
	for i, e := range body {
		if err := e.Validate(); err != nil {
			return nil, fmt.Errorf("element %d: %w", i+1, err)
		}
		out[i] = encodeElement(e)
	}
	return out, nil
}

func encodeElement(e chat.Element) element {
	switch {
	case e.Text != nil:
		return element{"TIMTextElem", textContent{e.Text.Text}}
	case e.Custom != nil:
		return element{"TIMCustomElem", customContent{Data: e.Custom.Data}}
	case e.Image != nil:
		return element{"TIMImageElem", encodeImage(e.Image)}
	case e.File != nil:
		return element{"TIMFileElem", fileContent{e.File.URL, e.File.UUID, e.File.Bytes, e.File.Name, byURL}}
	case e.Location != nil:
		return element{"TIMLocationElem", locationContent{e.Location.Description, e.Location.Latitude, e.Location.Longitude}}
	}
	return element{"TIMFaceElem", faceContent{e.Face.Index, e.Face.Data}}
}

func encodeImage(i *chat.Image) imageContent {
	out := imageContent{UUID: i.UUID, Format: int(i.Format)}
	for _, s := range i.Sizes {
		out.Sizes = append(out.Sizes, imageSize{s.Kind, s.Bytes, s.Width, s.Height, s.URL})
	}
	return out
}

// buffers are those of encode, for the next time.
var buffers = sync.Pool{New: func() any { return new(bytes.Buffer) }}

// encode writes JSON without turning <, > and & into six bytes each, which
// would count against the size of a message.
func encode(v any) ([]byte, error) {
	b, _ := buffers.Get().(*bytes.Buffer)
	defer buffers.Put(b)
	b.Reset()
	enc := json.NewEncoder(b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.Clone(bytes.TrimSuffix(b.Bytes(), []byte("\n"))), nil
}
