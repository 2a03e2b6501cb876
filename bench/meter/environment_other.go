//go:build !linux && !darwin

package meter

func describe() machine { return machine{} }
