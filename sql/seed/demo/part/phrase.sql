-- SPDX-License-Identifier: Apache-2.0
-- What people write while they work: one list of sentences per act. A key is a verb of script.sql.

create temp table phrase (verb text primary key, words text[] not null);
insert into phrase values
    ('C', array['Thank you for your message. I am looking at it now.', 'I can reproduce this here and will come back to you today.',
                'Thank you, I have what I need. I expect to be done by tomorrow.', 'I have changed a setting on our side. Please try again.',
                'We know the cause and are working on it.', 'I have ordered what is needed and will tell you when it is here.',
                'This takes a little longer than I said; I have not forgotten you.', 'I tried to call you and will try again after lunch.']),
    ('I', array['Log shows nothing unusual before the time given.', 'Looks like the same cause as last week, checking with a colleague.',
                'Tried the standard steps from the article, without success.', 'Called the requester, who confirms the description.',
                'Not ours as far as I can see; the trace ends on the other side.', 'Second line should see the packet trace in the share.']),
    ('Q', array['Thank you. It happened again this morning at about nine.', 'Here are the details you asked for.', 'I have tried it: no change.',
                'It works on another machine, so it must be mine.', 'Sorry for the delay, I was on leave. The answer is yes.', 'Please go ahead.']),
    ('w', array['Could you tell me at what time it last happened?', 'Please send a picture of the message.', 'Which machine is it, and where is it?',
                'Please try again and tell me whether it is gone.', 'Who approved this? I need a name before I go on.']),
    ('s', array['The supplier has the case and has promised an answer.', 'A spare part is on its way.', 'The carrier is testing the line.']),
    ('p', array['This needs the approval of your line manager; I have asked.', 'Waiting for the budget holder''s word.']),
    ('d', array['Planned for the date you named.', 'We do this in the next maintenance window.']),
    ('F', array['The cause lies in a system of your team.', 'Please check your side: our logs end there.', 'This needs rights that only your team has.',
                'Requested change belongs to your service.', 'First line steps are done, see internal notes.']),
    ('N', array['This is not ours: the test from our side is fine.', 'Please attach the log first, then we take it.', 'Belongs to the first line by the agreement of last spring.']),
    ('S', array['Setting corrected, tested with the requester.', 'Restarted the service; the cause is noted.', 'Replaced the part.', 'Explained by telephone; the article is linked.',
                'Rights granted as approved.', 'Data corrected in both systems.', 'Cleared the cache and logged in again; works.', 'Done as asked.']),
    ('P', array['The same thing happened again this morning.', 'It works for me, but not for my colleagues.', 'Only half of it was done.', 'It came back after the restart.']),
    ('Z', array['No longer needed.', 'Sent twice by mistake, see the other one.', 'Solved itself.', 'No answer to our question; please write again when it comes back.']),
    ('B', array['Closed in the spring clean of the queue.']);
