package webhooks

import "net/http"

// alertmanagerKind is Prometheus Alertmanager, which signs nothing and proves
// itself by what its http_config says: a bearer token, or a user with a password.
// It tries 5xx and broken connections again until the next group_interval, and
// drops what is answered with 4xx.
var alertmanagerKind = Kind{
	Name: "alertmanager", MaxBody: alertsMaxBody, Only5xx: true,
	New: func(s Settings) (Verifier, Reader, error) {
		v, err := proof("alertmanager", s, bearerKind, basicKind)
		return v, newAlertReader("Alertmanager", "4", s), err
	},
	Sign: func(s Settings, m Sample) (http.Header, error) {
		return signProof("alertmanager", s, m, bearerKind, basicKind)
	},
}
