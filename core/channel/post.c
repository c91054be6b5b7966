/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Purpose: see post.h.  libcurl's multi interface: it says which sockets to watch and when to be called, and an epoll
 *          descriptor holds them all.
 * Memory:  the post, and a letter for each mail under way.
 * Must not know: what stands in a mail.
 */
#include "channel/post.h"

#include "auth/password.h"
#include "base/obj.h"
#include "base/time.h"
#include "conf/conf.h"

#include <curl/curl.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/stat.h>
#include <unistd.h>

#define POST_MAGIC 0x706f7374u /* "post" */
#define PASSWORD_MOST 512
#define CONNECT_MS 10000L
#define LETTER_MS 60000L /* from connecting to the server's last word; the lease of a mail is longer */
#define CONNECTIONS 4L

struct letter {
	struct ebb_post *post;
	struct letter *next, **back; /* all that are under way */
	CURL *easy;
	struct curl_slist *to;
	char *text;
	size_t length, sent;
	int64_t id;
	char from[260], error[CURL_ERROR_SIZE];
};

struct ebb_post {
	uint32_t magic;
	const struct ebb_conf *conf;
	CURLM *multi;
	int epoll_fd;
	int64_t wake_us; /* libcurl's timer */
	unsigned count;
	struct letter *letters;
	char password[PASSWORD_MOST];
	ebb_post_done *done;
	void *ctx;
};

/* ---- what libcurl asks of its host ---- */

static int
on_socket(CURL *easy, curl_socket_t fd, int what, void *ctx, void *known)
{
	struct ebb_post *post = ctx;
	struct epoll_event event = { .data.fd = fd };

	(void)easy;
	(void)known;
	if (what == CURL_POLL_REMOVE) {
		(void)epoll_ctl(post->epoll_fd, EPOLL_CTL_DEL, fd, NULL);
		return 0;
	}
	event.events =
	    ((what & CURL_POLL_IN) ? (uint32_t)EPOLLIN : 0) | ((what & CURL_POLL_OUT) ? (uint32_t)EPOLLOUT : 0);
	if (epoll_ctl(post->epoll_fd, EPOLL_CTL_MOD, fd, &event) != 0)
		(void)epoll_ctl(post->epoll_fd, EPOLL_CTL_ADD, fd, &event);
	return 0;
}

static int
on_timer(CURLM *multi, long ms, void *ctx)
{
	struct ebb_post *post = ctx;

	(void)multi;
	post->wake_us = ms < 0 ? INT64_MAX : ebb_mono_us() + (int64_t)ms * 1000;
	return 0;
}

static size_t
on_read(char *room, size_t size, size_t count, void *ctx)
{
	struct letter *letter = ctx;
	size_t left = letter->length - letter->sent, part = size * count < left ? size * count : left;

	memcpy(room, letter->text + letter->sent, part);
	letter->sent += part;
	return part;
}

/* ---- a letter's life ---- */

static void
letter_free(struct letter *letter)
{
	if (letter->easy != NULL) {
		curl_multi_remove_handle(letter->post->multi, letter->easy);
		curl_easy_cleanup(letter->easy);
	}
	curl_slist_free_all(letter->to);
	/* It may hold a link that opens an account. */
	ebb_secret_wipe(letter->text, letter->length);
	free(letter->text);
	letter->post->count--;
	*letter->back = letter->next;
	if (letter->next != NULL)
		letter->next->back = letter->back;
	free(letter);
}

static void
set_server(const struct ebb_post *post, CURL *easy)
{
	const struct ebb_conf *conf = post->conf;

	curl_easy_setopt(easy, CURLOPT_URL, conf->smtp_url);
	curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
	curl_easy_setopt(easy, CURLOPT_PROXY, ""); /* nothing in the environment leads mail elsewhere */
	curl_easy_setopt(easy, CURLOPT_USE_SSL, conf->smtp_plain ? (long)CURLUSESSL_NONE : (long)CURLUSESSL_ALL);
	curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L);
	if (conf->smtp_ca_file[0] != '\0')
		curl_easy_setopt(easy, CURLOPT_CAINFO, conf->smtp_ca_file);
	if (conf->smtp_user[0] != '\0') {
		curl_easy_setopt(easy, CURLOPT_USERNAME, conf->smtp_user);
		curl_easy_setopt(easy, CURLOPT_PASSWORD, post->password);
	}
	curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, CONNECT_MS);
	curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, LETTER_MS);
}

void
ebb_post_send(struct ebb_post *post, const struct ebb_post_letter *given)
{
	struct letter *letter = calloc(1, sizeof *letter);

	EBB_CHECK(post, POST_MAGIC);
	EBB_ASSERT(letter != NULL);
	*letter = (struct letter){ .post = post, .id = given->id, .length = given->length };
	letter->text = malloc(given->length + 1);
	letter->to = curl_slist_append(NULL, given->to);
	letter->easy = curl_easy_init();
	EBB_ASSERT(letter->text != NULL && letter->to != NULL && letter->easy != NULL);
	memcpy(letter->text, given->text, given->length);
	snprintf(letter->from, sizeof letter->from, "%s", given->from);
	set_server(post, letter->easy);
	curl_easy_setopt(letter->easy, CURLOPT_MAIL_FROM, letter->from);
	curl_easy_setopt(letter->easy, CURLOPT_MAIL_RCPT, letter->to);
	curl_easy_setopt(letter->easy, CURLOPT_UPLOAD, 1L);
	curl_easy_setopt(letter->easy, CURLOPT_READFUNCTION, on_read);
	curl_easy_setopt(letter->easy, CURLOPT_READDATA, letter);
	curl_easy_setopt(letter->easy, CURLOPT_ERRORBUFFER, letter->error);
	curl_easy_setopt(letter->easy, CURLOPT_PRIVATE, letter);
	letter->next = post->letters;
	letter->back = &post->letters;
	if (post->letters != NULL)
		post->letters->back = &letter->next;
	post->letters = letter;
	post->count++;
	EBB_ASSERT(curl_multi_add_handle(post->multi, letter->easy) == CURLM_OK);
}

/* A mailbox that is refused for good is no fault of ours or of the configuration; all else may be better tomorrow. */
static bool
is_final(CURLcode code, long answer)
{
	return (code == CURLE_SEND_ERROR || code == CURLE_RECV_ERROR || code == CURLE_WEIRD_SERVER_REPLY) &&
	       (answer == 501 || (answer >= 550 && answer <= 556));
}

/* Told after the letter is gone: who hears of it may send the next one. */
static void
report(struct ebb_post *post, CURL *easy, CURLcode code)
{
	struct letter *letter = NULL;
	struct ebb_post_result result = { .is_taken = code == CURLE_OK };
	char sentence[CURL_ERROR_SIZE + 120];
	long answer = 0;

	curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&letter);
	curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &answer);
	result.id = letter->id;
	if (code != CURLE_OK) {
		snprintf(sentence, sizeof sentence, "%s (%s; the server's last answer was %ld)",
			 letter->error[0] != '\0' ? letter->error : curl_easy_strerror(code), curl_easy_strerror(code),
			 answer);
		result.sentence = sentence;
		result.is_final = is_final(code, answer);
	}
	letter_free(letter);
	post->done(post->ctx, &result);
}

int64_t
ebb_post_turn(struct ebb_post *post, int64_t now_us)
{
	struct epoll_event events[8];
	struct CURLMsg *said;
	int running, left, n;

	EBB_CHECK(post, POST_MAGIC);
	if (post->wake_us <= now_us) {
		post->wake_us = INT64_MAX;
		curl_multi_socket_action(post->multi, CURL_SOCKET_TIMEOUT, 0, &running);
	}
	n = epoll_wait(post->epoll_fd, events, (int)EBB_COUNT(events), 0);
	for (int i = 0; i < n; i++) {
		int mask = ((events[i].events & EPOLLIN) ? CURL_CSELECT_IN : 0) |
			   ((events[i].events & EPOLLOUT) ? CURL_CSELECT_OUT : 0) |
			   ((events[i].events & (EPOLLERR | EPOLLHUP)) ? CURL_CSELECT_ERR : 0);
		curl_multi_socket_action(post->multi, events[i].data.fd, mask, &running);
	}
	while ((said = curl_multi_info_read(post->multi, &left)) != NULL)
		if (said->msg == CURLMSG_DONE)
			report(post, said->easy_handle, said->data.result);
	return post->wake_us;
}

unsigned
ebb_post_count(const struct ebb_post *post)
{
	return post->count;
}

int
ebb_post_fd(const struct ebb_post *post)
{
	return post->epoll_fd;
}

/* ---- the post's life ---- */

static enum ebb_rc
read_password(struct ebb_post *post, struct ebb_err *err)
{
	const char *path = post->conf->smtp_password_file;
	struct stat file;
	ssize_t length;
	int fd;

	if (path[0] == '\0')
		return EBB_OK;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &file) != 0) {
		int why = errno;
		if (fd >= 0)
			close(fd);
		return ebb_fail(err, EBB_E_CONFIG, "%s, the smtp_password_file, cannot be read: %s.", path,
				strerror(why));
	}
	length = read(fd, post->password, sizeof post->password - 1);
	close(fd);
	if (!S_ISREG(file.st_mode) || (file.st_mode & S_IRWXO) != 0)
		return ebb_fail(err, EBB_E_CONFIG,
				"%s, the smtp_password_file, may be read by everybody. Run chmod 600 %s.", path, path);
	if (length <= 0)
		return ebb_fail(err, EBB_E_CONFIG, "%s, the smtp_password_file, is empty.", path);
	post->password[length] = '\0';
	post->password[strcspn(post->password, "\r\n")] = '\0';
	return EBB_OK;
}

enum ebb_rc
ebb_post_new(struct ebb_post **post_r, const struct ebb_conf *conf, ebb_post_done *done, void *ctx, struct ebb_err *err)
{
	struct ebb_post *post = calloc(1, sizeof *post);

	EBB_ASSERT(post != NULL && curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK);
	*post = (struct ebb_post){ .magic = POST_MAGIC, .conf = conf, .wake_us = INT64_MAX, .done = done, .ctx = ctx };
	post->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	post->multi = curl_multi_init();
	EBB_ASSERT(post->epoll_fd >= 0 && post->multi != NULL);
	curl_multi_setopt(post->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(post->multi, CURLMOPT_SOCKETDATA, post);
	curl_multi_setopt(post->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(post->multi, CURLMOPT_TIMERDATA, post);
	curl_multi_setopt(post->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, CONNECTIONS);
	*post_r = post;
	enum ebb_rc rc = read_password(post, err);
	if (rc != EBB_OK)
		ebb_post_free(post_r);
	return rc;
}

void
ebb_post_free(struct ebb_post **post_pp)
{
	struct ebb_post *post;

	if (*post_pp == NULL)
		return;
	EBB_TAKE(post, post_pp, POST_MAGIC);
	while (post->letters != NULL)
		letter_free(post->letters);
	curl_multi_cleanup(post->multi);
	close(post->epoll_fd);
	ebb_secret_wipe(post->password, sizeof post->password);
	free(post);
	curl_global_cleanup();
}
