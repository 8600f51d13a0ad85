// Package im is a client for the server API of Tencent Cloud Chat, as far as a
// bot needs it: it reads groups and members, and sends targeted messages, which
// only the named members of a group receive. It finds them in a group's history,
// and takes them back.
//
// The service shows a group message to everybody when its list of recipients is
// missing, so this package has no way to send without one. A [Targeted] message
// becomes a [Prepared] one, encoded once; [Client.Send] sends exactly those
// bytes; and the last step before the socket, the guard, reads the encoded bytes
// again and lets them pass only if they name the recipients, the group and the
// sender that were prepared. Any other request to a sending API is refused there,
// whoever made it.
//
// Every failure is an [Error] whose [Class] says what to do next, and above all
// whether the message may have been delivered. The service answers HTTP 200 also
// when it fails; nobody outside this package needs to look at a status or a code.
//
// Reading tour: client.go makes a [Client], send.go and members.go and groups.go
// are its calls, history.go and recall.go are about what was sent, accounts.go and sources.go about the
// application, encode.go writes a message in the service's field names, guard.go
// and permission.go are the last step, call.go takes one call through limits.go, pace.go and
// transport.go to its answer in answer.go and fields.go, codes.go is the table of the service's
// error codes, usersig.go and secret.go are about signing.
//
// # What makes a mistake impossible
//
// Twenty-two rules follow from the service's documents. Each is held by a type or
// a test of this package, or is another's to keep:
//
//	 1  no targeted message without recipients         chat.Recipients; the guard; TestRule01
//	 2  never fall back to a broadcast                 Client has no such method; TestRule02
//	 3  no mentions, no other type of group            Targeted has no such field; Prepare; the guard; TestRule03
//	 4  at most 50 a call, a Random for each part      Prepare; the guard; TestRule04 (Random per part: delivery, TestWhoReceives)
//	 5  check the roles received, not the filter       Members, Roles; TestRule05
//	 6  read MsgDropReason and inner codes             answer.go, groups.go; TestRule06
//	 7  same Random and bytes after an unclear end     Prepared is sent as it is; TestRule07 (four minutes: delivery, TestOutages)
//	 8  a Random for each message                      delivery draws and stores it; the guard holds it to the bytes; TestRule08, also in delivery
//	 9  never retry permanent or unknown errors        one call is one attempt; codes.go; TestRule09
//	10  no secret, signature, URL or text in a log     SecretKey, Prepared, Error; TestRule10, also in daemon
//	11  never compare signatures as strings            CheckUserSig; TestRule11
//	12  always ForbidCallbackControl                   the encoder always writes it; the guard; TestRule12 (what comes nevertheless starts nothing: callbacks, TestEchoesStartNothing)
//	13  no slow work before answering a callback       rules are compiled beforehand, and a verdict has its time: config, TestRule13And14; callbacks, TestAVerdictComesInTimeWhateverTheSinkDoes
//	14  never relay what a group callback shows        it goes back to its sender alone, unless it was held: config, TestRule13And14; bots, TestRule14
//	15  no 64-bit number through a float               AllGroups keeps Next as uint64; TestRule15
//	16  page to the end, not to a short page           Members, AllGroups; TestRule16
//	17  get_appid_group_list once a second             limits.go; TestRule17
//	18  nothing secret in push text                    Push comes from the bot alone; TestRule18, also in delivery
//	19  success is no proof of receipt                 Sent says "accepted"; looked up again before an attempt: delivery, TestAnIDThatIsAnotherGroupByNow; TestRule19
//	20  no send_group_system_notification              the guard refuses its path; TestRule20
//	21  no sender from outside unchecked               Prepare wants a sender, from the bot's configuration; the guard; TestRule21, also in delivery
//	22  depend on nothing but ErrorCode                answer.go; TestRule22
package im
