package webhooks

import "net/http"

// The header of Grafana's signature, unless the contact point names another one
// (grafana.com, Configure webhook notifications: HMAC signature).
const headerGrafanaSignature = "X-Grafana-Alerting-Signature"

// grafanaKind is Grafana Alerting: alerts in the form of Alertmanager, proved by
// a bearer token, a user with a password, or an HMAC in hexadecimal digits. Where
// a header of a time is configured, that is signed before the body.
var grafanaKind = Kind{
	Name: "grafana", MaxBody: alertsMaxBody, Only5xx: true,
	New: func(s Settings) (Verifier, Reader, error) {
		v, err := proof("grafana", grafanaRules(s), bearerKind, basicKind, hmacKind)
		return v, newAlertReader("Grafana", "1", s), err
	},
	Sign: func(s Settings, m Sample) (http.Header, error) {
		return signProof("grafana", grafanaRules(s), m, bearerKind, basicKind, hmacKind)
	},
}

// grafanaRules are those of an HMAC as Grafana makes it, in which its headers are
// all there is to say.
func grafanaRules(s Settings) Settings {
	rules := HMAC{Header: s.HMAC.Header, Timestamp: s.HMAC.Timestamp}
	if rules.Header == "" {
		rules.Header = headerGrafanaSignature
	}
	if rules.Timestamp != "" {
		rules.Signed = "{timestamp}:{body}"
	}
	s.HMAC = rules
	return s
}
