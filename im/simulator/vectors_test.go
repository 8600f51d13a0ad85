package simulator

// vectors were made by two versions of the service's own signing library, which
// order keys and compress differently; the fifth carries a user buffer.
var vectors = []fullVector{
	{
		name: "V1 v1.3.0", identifier: "xiaojun", app: 1400000000, made: 1546300800, expire: 15552000, key: key,
		sig: "eJw0js2qwjAUhN-lrC*9JzURCbhSi0LBn0r3KUnjUUxDrSVUfHchxlnOB9-MC85llZngqTcgmRAiR8S-2JI2bqCWTA8SAqnu*nTwRQ99U96TBsk4piRCFiSYUP77RrTThRfFYUO0HdmacToVeqdrV0*rSh2bzoa9XSblQPf4gM9niIufbozjeYbw-gQAAP--YzUykQ__",
	},
	{
		name: "V1 v1.4.0", identifier: "xiaojun", app: 1400000000, made: 1546300800, expire: 15552000, key: key,
		sig: "eAEArABT-3siVExTLnZlciI6IjIuMCIsIlRMUy5pZGVudGlmaWVyIjoieGlhb2p1biIsIlRMUy5zZGthcHBpZCI6MTQwMDAwMDAwMCwiVExTLmV4cGlyZSI6MTU1NTIwMDAsIlRMUy50aW1lIjoxNTQ2MzAwODAwLCJUTFMuc2lnIjoiZXhML3BiNWZ6aDRGRlBFaWlIdjFEMTRpUkZkSWRWblZ6Q1NhUWJvZ3hPZz0ifQoBAAD--*OuMps_",
	},
	{
		name: "V2 v1.3.0", identifier: "administrator", app: 1400001001, made: 1700000000, expire: 86400, key: key,
		sig: "eJwsjssKwjAURP-lbpVyo7VKwI0U8VGhWlfuqknj1TaGJNQX-rvQZpZnhuF84ZgVkXwZshL4LIkRhx0iIbWniqQFDqVoSJPztvQPC-3AiXtpDAngLEZEZIgsNKSAw6dqB*693qc0WbH8vKuveIn94uSyOn0mySbX25s9jFWxVPNw6amRwNkUQ3radgqjCOH3DwAA--*MGDQy",
	},
	{
		name: "V2 v1.4.0", identifier: "administrator", app: 1400001001, made: 1700000000, expire: 86400, key: key,
		sig: "eAEArwBQ-3siVExTLnZlciI6IjIuMCIsIlRMUy5pZGVudGlmaWVyIjoiYWRtaW5pc3RyYXRvciIsIlRMUy5zZGthcHBpZCI6MTQwMDAwMTAwMSwiVExTLmV4cGlyZSI6ODY0MDAsIlRMUy50aW1lIjoxNzAwMDAwMDAwLCJUTFMuc2lnIjoiemZ2K3N5SVFEaTVIMVBiTWxoMGM0dEJac0xsRHc2NkpQbktqclIzZ1NGZz0ifQoBAAD---5ENDw_",
	},
	{
		name: "V3 v1.3.0", identifier: "admin", app: 88888888, made: 1767225600, expire: 604800, key: zeros,
		sig: "eJw0jV8LgjAUR7-LfTV0G6Y26CHsj8SeWutd2jUupQ2TGkbfPbD1ezw-OOcNR6Vj9I56BJmxtGBsNjGy2A3UEPYgobYtdfA7HvZaO0cWZBEWOF1AQmn2L1GZdHdKzq7ccuW512PDk2hdLextMxp1iNRKY3pfBuFALYLkeZYLMc-*-ecUFjGDzzcAAP--*2svoA__",
	},
	{
		name: "V3 v1.4.0", identifier: "admin", app: 88888888, made: 1767225600, expire: 604800, key: zeros,
		sig: "eAEApgBZ-3siVExTLnZlciI6IjIuMCIsIlRMUy5pZGVudGlmaWVyIjoiYWRtaW4iLCJUTFMuc2RrYXBwaWQiOjg4ODg4ODg4LCJUTFMuZXhwaXJlIjo2MDQ4MDAsIlRMUy50aW1lIjoxNzY3MjI1NjAwLCJUTFMuc2lnIjoiQ1VKdzJIVTRHVi9jcENGMUx4MXhTemYxLytESDlkbEV6VUxSK0xBU2U0bz0ifQoBAAD--6crL6o_",
	},
	{
		name: "V4 v1.3.0", identifier: "@RBT#001", app: 20000001, made: 1767225600, expire: 3600, key: made,
		sig: "eJyqVgrxCdZLrSjILEpVsjI2MzDQAYtkpqTmlWSmZaYWKVkpOQQ5hSgbGBgqQeSKU7ITCwoyU5SsjAzAwBAqnpmuZKVU4V1ckhIQ4GpUGRFe7uFi7uGVF*Dj7JrsU5ab5GkekegWFWZs6VnoFmiUbAs1sCQzN1XJytDczNzIyBTuhDKw3UZ6Bkq1gAAAAP--8oMvsw__",
	},
	{
		name: "V4 v1.4.0", identifier: "@RBT#001", app: 20000001, made: 1767225600, expire: 3600, key: made,
		sig: "eAEApwBY-3siVExTLnZlciI6IjIuMCIsIlRMUy5pZGVudGlmaWVyIjoiQFJCVCMwMDEiLCJUTFMuc2RrYXBwaWQiOjIwMDAwMDAxLCJUTFMuZXhwaXJlIjozNjAwLCJUTFMudGltZSI6MTc2NzIyNTYwMCwiVExTLnNpZyI6InhLc3RkUFBFMnlYV3dIRDdISm5QTENFY0x2bWJJN1hhRlpWMzlJcUZRMmM9In0KAQAA--9sZC*9",
	},
	{
		name: "V5 v1.3.0", identifier: "administrator", app: 1400001001, made: 1700000000, expire: 86400, key: key,
		sig: "eJwsjs2KgzAUhd-lbh3kZgjOEJjFuJixaKHgD7hMSWxvrTHEaFtK372gOcvvfBzOE6qijPXdktMgvhOO*LEiUtp46kg7ECDVQIYm76QfHWzCpHppLSkQjCMiMkQWGjqBgDr5t7lsymzEerlF8jet0gNdo6zlf5zl57y-6J1hD1bsf8Kkp0GDYF8YstF50u44dyCgNc0Q1GX99RkjvN4BAAD--*LnOeY_",
	},
	{
		name: "V5 v1.4.0", identifier: "administrator", app: 1400001001, made: 1700000000, expire: 86400, key: key,
		sig: "eAEAxAA7-3siVExTLnZlciI6IjIuMCIsIlRMUy5pZGVudGlmaWVyIjoiYWRtaW5pc3RyYXRvciIsIlRMUy5zZGthcHBpZCI6MTQwMDAwMTAwMSwiVExTLmV4cGlyZSI6ODY0MDAsIlRMUy50aW1lIjoxNzAwMDAwMDAwLCJUTFMudXNlcmJ1ZiI6IlluVm0iLCJUTFMuc2lnIjoiVTZHcEthVlNIbzBVdncrYUFCVEJQaWwrSFk0RjQxS2hLa2plSW4xeTFMTT0ifQoBAAD--3RCOfA_",
	},
}
