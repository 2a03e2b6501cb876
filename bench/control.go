package bench

// ControlCPU names what the control workload measures: the time in seconds of a
// fixed piece of work on one CPU, which depends on the machine and not on KRO.
const ControlCPU = "cpu-sec"
