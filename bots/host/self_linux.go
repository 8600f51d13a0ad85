package host

// self is this program. It is the same also when another version of it has been put in
// its place meanwhile.
func self() string { return "/proc/self/exe" }
