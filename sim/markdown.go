package sim

// parseMarkdownV2 is refused: the stand-in speaks HTML and explicit entities.
func parseMarkdownV2(string) (string, []entity, error) {
	return "", nil, bad("can't parse entities: the stand-in does not speak parse_mode MarkdownV2, use HTML or entities")
}
