"""What people do about personal data: purposes, consents, requests, erasing, retention."""
