package doctor

import (
	"fmt"

	"github.com/botd-chat/botd/im"
)

// refused says why the service does not take our calls, told apart by its code
// (product/1047/34348).
func (s Service) refused(e *im.Error, w watch) Finding {
	const check = "credentials"
	const not = "; nothing else about this application was asked"
	why := fmt.Sprintf("%s: the service refuses to be called: %v", s.path(), e)
	key := fmt.Sprintf("see %s.sdk_app_id, secret_key and region: the console shows the first two of this application, and where it lives", s.path())
	switch e.Code {
	case 70001, 70003, 70005:
		if w.apart() {
			return wrong(check, "set the clock first, which is wrong as told above"+not, "%s", why)
		}
		return wrong(check, key+not, "%s", why)
	case 70009:
		return wrong(check, fmt.Sprintf("the key is that of another application, or was changed: copy it anew from the console into the file that %s.secret_key_file names", s.path())+not, "%s", why)
	case 60010, 70403, 90009, 10007:
		return wrong(check, fmt.Sprintf("set %q as an administrator in the console, or name one that is in %s.administrator", s.App.Administrator, s.path())+not, "%s", why)
	case 60006, 60012, 60026, 70013, 70014, 70016, 70020:
		return wrong(check, key+not, "%s", why)
	case 60020, 80005, 60028:
		return wrong(check, "look at the console's billing"+not, "%s", why)
	case 60021:
		return wrong(check, "let this machine's address call, in the console"+not, "%s", why)
	case 70050:
		return wrong(check, "mend the key, or stop whoever else calls with a wrong one, and call botd doctor again in a minute"+not, "%s", why)
	}
	if e.Class == im.Configuration {
		return wrong(check, "look the code up in the service's documents"+not, "%s", why)
	}
	return unknown(check, later+not, "%s", why)
}
