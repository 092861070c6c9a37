#include "vm/layout.h"

#include <stdbool.h>
#include <string.h>

#include "base/list.h"

/* Keys in the order of the strings below: the four rows from left to right, the two that not every
 * keyboard has (beside the left shift, and beside the right) in their places. */
static const char *const keys[] = {"grave_accent", "1", "2", "3", "4", "5", "6", "7", "8", "9", "0",
    "minus", "equal", "q", "w", "e", "r", "t", "y", "u", "i", "o", "p", "bracket_left",
    "bracket_right", "a", "s", "d", "f", "g", "h", "j", "k", "l", "semicolon", "apostrophe",
    "backslash", "less", "z", "x", "c", "v", "b", "n", "m", "comma", "dot", "slash", "ro"};

enum { PLAIN, SHIFT, ALTGR, LEVELS };
static const char *const modifiers[LEVELS] = {NULL, "shift", "alt_r"};

/* From xkeyboard-config's default variants (setxkbmap(1)). A blank: no character. With AltGr only
 * what is printed on keys, as X has others there than the console and Windows. `dead`: characters
 * that come once a blank is typed behind them. */
static const struct {
	const char *gives[LEVELS], *dead[LEVELS];
} layouts[] = {
    {{"`1234567890-=qwertyuiop[]asdfghjkl;'\\ zxcvbnm,./",
	 "~!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:\"| ZXCVBNM<>?", ""},
	{"", "", ""}}, /* us */
    {{"²&é\"'(§è!çà)-azertyuiop $qsdfghjklmùµ<wxcvbn,;:=",
	 "³1234567890°_AZERTYUIOP *QSDFGHJKLM%£>WXCVBN?./+", " |@#  ^{[ }\\   €        ]"},
	{"", "                       ¨",
	    "                                    `          ~"}}, /* be */
    {{"'1234567890-=qwertyuiop [asdfghjklç ]\\zxcvbnm,.;/",
	 "\"!@#$% &*()_+QWERTYUIOP {ASDFGHJKLÇ }|ZXCVBNM<>:?",
	 "                                   ~"},
	{"                       ´", "      ¨                `           ^", ""}}, /* br */
    {{"§1234567890' qwertzuiopü asdfghjklöä$<yxcvbnm,.-",
	 "°+\"*ç%&/()=? QWERTZUIOPè!ASDFGHJKLéà£>YXCVBNM;:_",
	 " |@#     ]}    €       [           { \\"},
	{"            ^           ¨", "            `", "            ~"}}, /* ch */
    {{" 1234567890ß qwertzuiopü+asdfghjklöä#<yxcvbnm,.-",
	 "°!\"§$%&/()=? QWERTZUIOPÜ*ASDFGHJKLÖÄ'>YXCVBNM;:_",
	 "       {[]}\\ @ €        ~            |"},
	{"^           ´", "            `", ""}}, /* de */
    {{"½1234567890+ qwertyuiopå asdfghjklæø'<zxcvbnm,.-",
	 "§!\"#¤%&/()=? QWERTYUIOPÅ ASDFGHJKLÆØ*>ZXCVBNM;:_",
	 "  @ $  {[]} |  €                     \\"},
	{"            ´           ¨", "            `           ^",
	    "                        ~"}}, /* dk */
    {{"º1234567890'¡qwertyuiop +asdfghjklñ ç<zxcvbnm,.-",
	 "ª!\"·$%&/()=?¿QWERTYUIOP *ASDFGHJKLÑ Ç>ZXCVBNM;:_", "\\|@#~  {[]}    €"},
	{"                       `           ´", "                       ^           ¨",
	    ""}}, /* es */
    {{"§1234567890+ qwertyuiopå asdfghjklöä'<zxcvbnm,.-",
	 "½!\"#¤%&/()=? QWERTYUIOPÅ ASDFGHJKLÖÄ*>ZXCVBNM;:_",
	 "  @ $  {[]}\\   €                     |"},
	{"            ´           ¨", "            `           ^",
	    "                        ~"}}, /* fi */
    {{"²&é\"'(-è_çà)=azertyuiop $qsdfghjklmù*<wxcvbn,;:!",
	 "~1234567890°+AZERTYUIOP £QSDFGHJKLM%µ>WXCVBN?./§", "   #{[|`\\^@]}  €"},
	{"", "                       ¨", ""}}, /* fr */
    {{"`1234567890-=qwertyuiop[]asdfghjkl;'#\\zxcvbnm,./",
	 "¬!\"£$%^&*()_+QWERTYUIOP{}ASDFGHJKL:@~|ZXCVBNM<>?", "    €"},
	{"", "", ""}}, /* gb */
    {{"\\1234567890'ìqwertyuiopè+asdfghjklòàù<zxcvbnm,.-",
	 "|!\"£$%&/()=?^QWERTYUIOPé*ASDFGHJKLç°§>ZXCVBNM;:_",
	 "       {[]}`~@ €                   #"},
	{"", "", ""}}, /* it */
    {{"|1234567890'¿qwertyuiop +asdfghjklñ{}<zxcvbnm,.-",
	 "°!\"#$%&/()=?¡QWERTYUIOP *ASDFGHJKLÑ[]>ZXCVBNM;:_", "  @ ~      \\   €"},
	{"                       ´", "                       ¨",
	    "                                   ^`"}}, /* latam */
    {{"|1234567890+\\qwertyuiopå asdfghjkløæ'<zxcvbnm,.-",
	 "§!\"#¤%&/()=? QWERTYUIOPÅ ASDFGHJKLØÆ*>ZXCVBNM;:_", "  @ $  {[]}    €"},
	{"                        ¨", "            `           ^",
	    "                        ~"}}, /* no */
    {{"`1234567890-=qwertyuiop[]asdfghjkl;'\\ zxcvbnm,./",
	 "~!@#$%^&*()_+QWERTYUIOP{}ASDFGHJKL:\"| ZXCVBNM<>?",
	 "     €         ę     ó   ąś      ł    żźć  ń"},
	{"", "", ""}}, /* pl */
    {{"\\1234567890'«qwertyuiop+ asdfghjklçº <zxcvbnm,.-",
	 "|!\"#$%&/()=?»QWERTYUIOP* ASDFGHJKLÇª >ZXCVBNM;:_", "  @    {[]}    €"},
	{"                        ´           ~", "                        `           ^",
	    ""}}, /* pt */
    {{"§1234567890+ qwertyuiopå asdfghjklöä'<zxcvbnm,.-",
	 "½!\"#¤%&/()=? QWERTYUIOPÅ ASDFGHJKLÖÄ*>ZXCVBNM;:_",
	 "  @ $€ {[]}\\                         |"},
	{"            ´           ¨", "            `           ^",
	    "                        ~"}}, /* se */
};

const char *const layout_words[] = {"us", "be", "br", "ch", "de", "dk", "es", "fi", "fr", "gb",
    "it", "latam", "no", "pl", "pt", "se", NULL};

uint32_t layout_character(const char **at, const char *end)
{
	const unsigned char *s = (const unsigned char *)*at;
	unsigned c = *at < end ? *s : 0x80, more = c < 0x80 ? 0 : c < 0xe0 ? 1 : c < 0xf0 ? 2 : 3;
	if ((c >= 0x80 && c < 0xc2) || c > 0xf4 || end - *at <= (ptrdiff_t)more)
		return UINT32_MAX;
	uint32_t result = more == 0 ? c : c & (0x3fU >> more);
	for (unsigned i = 1; i <= more; i++) {
		if ((s[i] & 0xc0) != 0x80)
			return UINT32_MAX;
		result = result << 6 | (s[i] & 0x3f);
	}
	*at += more + 1;
	return result;
}

static int position(const char *characters, uint32_t c)
{
	const char *end = characters + strlen(characters);
	for (int i = 0; characters < end; i++)
		if (layout_character(&characters, end) == c)
			return i;
	return -1;
}

static void chord_make(struct chord *to, int key, const char *modifier)
{
	*to = (struct chord){0};
	if (modifier != NULL)
		to->keys[to->n++] = (uint8_t)key_find(modifier);
	to->keys[to->n++] = (uint8_t)key;
}

/* Those that every layout has. */
static int key_of_blank(uint32_t c)
{
	return key_find(c == '\n' ? "ret" : c == '\t' ? "tab" : "spc");
}

int layout_chords(uint64_t layout, uint32_t c, struct chord to[LAYOUT_CHORDS])
{
	if (c == ' ' || c == '\t' || c == '\n') {
		chord_make(&to[0], key_of_blank(c), NULL);
		return 1;
	}
	for (int level = 0; level < 2 * LEVELS; level++) {
		bool dead = level >= LEVELS;
		int at = position(
		    (dead ? layouts[layout].dead : layouts[layout].gives)[level % LEVELS], c);
		if (at < 0)
			continue;
		chord_make(&to[0], key_find(keys[at]), modifiers[level % LEVELS]);
		chord_make(&to[1], key_of_blank(' '), NULL);
		return dead ? 2 : 1;
	}
	return 0;
}
