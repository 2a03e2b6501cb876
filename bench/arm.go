package bench

// An Arm is the build that a measurement belongs to: base or head.
type Arm string

const (
	Base Arm = "base"
	Head Arm = "head"
)

// Arms lists both arms, base first.
var Arms = [...]Arm{Base, Head}
