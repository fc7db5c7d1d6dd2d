"""Rules about text that know no business object: folding, search tokens, pinyin, phones, e-mail, names."""
