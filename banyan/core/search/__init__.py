"""Finding records of all objects by words, Chinese characters, pinyin, phone and e-mail."""
