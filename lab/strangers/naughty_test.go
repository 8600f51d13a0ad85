package strangers

import "strings"

// naughty are texts that have undone some program or other where it was careless
// of where they came from.
func naughty() []string {
	all := []string{
		"undefined", "null", "NULL", "nil", "true", "0", "-1", "1e309", "NaN", "../", "../../etc/passwd", "..%2f..%2f", `..\..\`, "%2e%2e/", "/etc/passwd%00", ".", "..", "...", "~", "~root", "C:", "CON", "aux", "con.json", "file:///etc/passwd",
		"' OR '1'='1", "'; DROP TABLE event; --", `" OR ""="`, "1;SELECT 1", "admin'--", "${jndi:ldap://127.0.0.1/a}", "${7*7}", "{{7*7}}", "<%= 7*7 %>", "#{7*7}", "$(id)", "`id`", "|id", ";id", "&& id", "%n%s%x%d", "%s%s%s%s", "%(x)s", "$HOME", "%PATH%",
		"<script>alert(1)</script>", `"><img src=x onerror=alert(1)>`, "javascript:alert(1)", "<!--", "]]>", "<![CDATA[", "<!DOCTYPE x [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>", "&amp;", "&#0;",
		"é", "ﬀ", "İ", "ß", "K", "Ω", "שלום", "مرحبا", "你好", "👩‍👩‍👧", "\u202eabc", "\u200b", "\ufeff", "\u2028", "A\u0300\u0301\u0302", "\ufdfa", "﷽", "𝕳", "\U0010ffff", "\ufffd",
		"\xff", "\xc0\xaf", "\xed\xa0\x80", "\xe2\x82", "\x80", "a\x00b", "a\x01b", "a\x1bb", "a\x7fb", "a\tb", "a\vb", "\x1b[31m",
		"a\r\nX-Injected: 1", "a\nX-Injected: 1", "a\rX-Injected: 1", "a%0d%0aX-Injected:1", "a\r\n\r\nHTTP/1.1 200 OK", "a\r\n b",
		"gzip", "chunked", "identity", "100-continue", "close", "*", "*/*", ",", ";", "=", `"`, `\`, "(", ")", "a,b", "a;b=c", `"a`, `"a"b`, "a=b=c", ":::", "::1", "[::1]:80", "0x7f.1", "2130706433", "127.0.0.1:99999", "localhost:0",
		"Bearer", "Bearer ", "Basic", "Basic Og==", "Basic !!!", "Digest x", "Negotiate", "whsec_", "sha256=", "v1,", "v1a,", "t=,v1=", "v0=", "sha1=" + strings.Repeat("0", 40), "sha256=" + strings.Repeat("0", 64), "sha256=" + strings.Repeat("g", 64), strings.Repeat("0", 64), strings.Repeat("A", 43) + "=",
		strings.Repeat("a", 255), strings.Repeat("a", 256), strings.Repeat("é", 200), strings.Repeat("a", 4000), strings.Repeat("%", 300), strings.Repeat("../", 300), strings.Repeat("a,", 1000), strings.Repeat("v1,AAAA ", 400), strings.Repeat(";", 2000),
	}
	for i, s := range all {
		if i%2 == 0 {
			all[i] = s + mark
		}
	}
	return append(all, "", " ", "  ")
}

// wellFormed reports whether a text can be the value of a header.
func wellFormed(s string) bool {
	return !strings.ContainsFunc(s, func(c rune) bool { return c < ' ' && c != '\t' || c == 0x7f })
}
