package bench

// ControlCPU is the metric of the control workload: the CPU time, in seconds, of a
// fixed piece of work. It depends on the machine and not on KRO.
const ControlCPU = "cpu-sec"
