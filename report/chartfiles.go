package report

// ChartFiles returns the charts as SVG, keyed by the paths that reports link.
func ChartFiles(in Input) map[string][]byte {
	files := map[string][]byte{}
	drawn, _ := charts(in.Verdict, in.Record)
	for _, c := range drawn {
		files[c.Path(light)], files[c.Path(dark)] = []byte(c.Light), []byte(c.Dark)
	}
	return files
}
