package bench

// Arm says which build a measurement belongs to.
type Arm string

const (
	Base Arm = "base"
	Head Arm = "head"
)

// Arms lists both arms, base first.
var Arms = [...]Arm{Base, Head}
